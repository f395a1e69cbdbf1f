package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

const productTag = "For products"

// KeyQuestion is what a product asks about a licence key.
type KeyQuestion struct {
	Key         string `json:"key" minLength:"1" maxLength:"1024" doc:"The licence key. It is the credential: send it in bodies only." example:"eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"`
	Product     string `json:"product" minLength:"1" maxLength:"128" doc:"The code of the product that asks." example:"studio-pro"`
	Fingerprint string `json:"fingerprint" minLength:"8" maxLength:"128" doc:"Names the machine: made by the product, the same on each start. Send a hash, not a serial number." example:"3f2a9c0e7d5b4810"`
	Nonce       string `json:"nonce" minLength:"8" maxLength:"128" doc:"Random, made anew for each question. The signed answer repeats it." example:"q8Zt1vV0mJ2sX5bN"`
}

func (q KeyQuestion) question() models.KeyQuestion {
	return models.KeyQuestion{Key: q.Key, Product: q.Product, Fingerprint: q.Fingerprint, Nonce: q.Nonce}
}

// MachineQuestion is a KeyQuestion of a product that also tells about its machine.
type MachineQuestion struct {
	KeyQuestion
	Name     string `json:"name,omitempty" maxLength:"100" doc:"What people know the machine by." example:"ROBOT-07"`
	Platform string `json:"platform,omitempty" maxLength:"100" example:"Windows 11"`
	Version  string `json:"version,omitempty" maxLength:"100" doc:"Of the product." example:"7.2.1"`
}

func (q MachineQuestion) machine() models.MachineEntry {
	return models.MachineEntry{Name: q.Name, Platform: q.Platform, Version: q.Version}
}

// KeyAnswer is the answer. Only what is in signed can be trusted.
type KeyAnswer struct {
	Code       string     `json:"code" enum:"NOT_FOUND,PRODUCT_MISMATCH,REVOKED,SUSPENDED,NOT_STARTED,EXPIRED,TOO_MANY_ACTIVATIONS,FINGERPRINT_UNKNOWN,VALID" doc:"Whether the product may run: the first of these that applies." example:"VALID"`
	Valid      bool       `json:"valid" doc:"Whether code is VALID."`
	LicenseID  string     `json:"license_id,omitempty" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	Seats      int        `json:"seats,omitempty" doc:"On how many machines it may be in use at once." example:"5"`
	ValidFrom  *time.Time `json:"valid_from,omitempty" example:"2026-03-02T10:00:00Z"`
	ValidUntil *time.Time `json:"valid_until,omitempty" doc:"Exclusive." example:"2026-06-02T10:00:00Z"`
	Nonce      string     `json:"nonce" example:"q8Zt1vV0mJ2sX5bN"`
	At         time.Time  `json:"at" doc:"The server's time." example:"2026-03-02T10:00:00Z"`
	Signed     string     `json:"signed" doc:"The same as a compact JWS (EdDSA), with what was asked: act, key (the SHA-256 of the key), aud (the product), fingerprint, nonce. Verify it against /.well-known/jwks.json." example:"eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiIsInR5cCI6ImxpY2Vuc2UtYW5zd2VyIn0.eyJhY3QiOiJ2YWxpZGF0ZSJ9.c2lnbmF0dXJl"`
}

func keyAnswer(a models.KeyAnswer) KeyAnswer {
	k := KeyAnswer{
		Code: string(a.Code), Valid: a.Code == models.CodeValid, LicenseID: a.Claims.License, Seats: a.Claims.Seats, Nonce: a.Claims.Nonce,
		At: time.Unix(a.Claims.IssuedAt, 0).UTC(), Signed: a.Signed,
	}
	if a.Claims.License != "" {
		k.ValidFrom, k.ValidUntil = new(time.Unix(a.Claims.ValidFrom, 0).UTC()), new(time.Unix(a.Claims.ValidUntil, 0).UTC())
	}
	return k
}

// LicenseFile is a file with which a product checks its licence offline.
type LicenseFile struct {
	KeyAnswer
	File      string     `json:"file,omitempty" doc:"To be kept byte for byte. Missing unless code is VALID." example:"-----BEGIN LICENSE FILE-----\neyJhbGciOi…\n-----END LICENSE FILE-----\n"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Of the file: 30 days from now, or the licence's end if that is earlier." example:"2026-04-01T10:00:00Z"`
}

type (
	keyInput      struct{ Body KeyQuestion }
	machineInput  struct{ Body MachineQuestion }
	answerOutput  struct{ Body KeyAnswer }
	licenseOutput struct{ Body LicenseFile }
)

// productOperations are for products. There is no secret inside a product: the
// licence key is the credential, and answers are signed.
func (a *API) productOperations() {
	post := func(id, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Tags: []string{productTag}, Summary: summary, Description: description}
	}
	validate := post("validate-key", "/validations", "Ask whether a product may run",
		"Answers 200 with a code whatever the licence's state is; changes nothing. What was revoked or suspended is told from the next question on.")
	validate.Middlewares = a.plainly(a.store.ValidateKey)
	register(a, validate,
		anybody, func(ctx context.Context, actor models.Actor, in *keyInput) (*answerOutput, error) {
			return a.asked(ctx, actor, in.Body, a.store.ValidateKey)
		})
	register(a, post("activate-machine", "/activations", "Activate a machine",
		"Gives the machine a seat, if there is one; the same machine takes no second one. VALID means that it has a seat."),
		anybody, func(ctx context.Context, actor models.Actor, in *machineInput) (*answerOutput, error) {
			return a.asked(ctx, actor, in.Body.KeyQuestion, func(ctx context.Context, actor models.Actor, q models.KeyQuestion) (models.KeyAnswer, error) {
				return a.store.ActivateMachine(ctx, actor, q, in.Body.machine())
			})
		})
	beat := post("send-heartbeat", "/heartbeats", "Tell that a machine is in use",
		"Answers as a validation, and notes when the machine was last seen, at most once a minute.")
	beat.Middlewares = a.plainly(a.store.SeeMachine)
	register(a, beat,
		anybody, func(ctx context.Context, actor models.Actor, in *keyInput) (*answerOutput, error) {
			return a.asked(ctx, actor, in.Body, a.store.SeeMachine)
		})
	register(a, post("deactivate-machine", "/deactivations", "Deactivate a machine",
		"Frees its seat, whatever the licence's state is, and answers as a validation after that. A machine without a seat is deactivated already. 409 with deactivation_limit: as many machines were taken off this month as the licence has seats, and the vendor's few more."),
		anybody, func(ctx context.Context, actor models.Actor, in *keyInput) (*answerOutput, error) {
			return a.asked(ctx, actor, in.Body, a.store.ReleaseMachine)
		})
	register(a, post("make-license-file", "/license-files", "Get a licence file for a machine without a network",
		"Activates the machine, and signs a file for it that holds for 30 days and never longer than the licence. At most ten a day for one machine."),
		anybody, func(ctx context.Context, actor models.Actor, in *machineInput) (*licenseOutput, error) {
			if err := a.throttleKey(actor, in.Body.Key); err != nil {
				return nil, err
			}
			f, err := a.store.ProductLicenseFile(ctx, actor, in.Body.question(), in.Body.machine())
			if err != nil {
				return nil, err
			}
			out := LicenseFile{KeyAnswer: keyAnswer(f.Answer), File: f.Text}
			if f.Text != "" {
				out.ExpiresAt = new(time.Unix(f.Claims.ExpiresAt, 0).UTC())
			}
			return &licenseOutput{out}, nil
		})
}

// asked answers a question about a key, unless too many were asked.
func (a *API) asked(ctx context.Context, actor models.Actor, q KeyQuestion, answer func(context.Context, models.Actor, models.KeyQuestion) (models.KeyAnswer, error)) (*answerOutput, error) {
	if err := a.throttleKey(actor, q.Key); err != nil {
		return nil, err
	}
	said, err := answer(ctx, actor, q.question())
	if err != nil {
		return nil, err
	}
	return &answerOutput{keyAnswer(said)}, nil
}

// throttleKey counts a question against the address and the key.
func (a *API) throttleKey(actor models.Actor, key string) error {
	return a.products.take(a.store.Now(), "from "+models.Network(actor.Address), "about "+key)
}

package models

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// argon holds the parameters of argon2id.
type argon struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// argonNow are the parameters in force; a hash with others is stale.
var argonNow = argon{memory: 19 * 1024, time: 2, threads: 1}

const (
	argonSalt = 16 // bytes
	argonKey  = 32 // bytes

	maxPassword  = 1024 // bytes
	maxHashQueue = 32
)

// hasher hashes and verifies passwords, one at a time: each takes 19 MiB and
// some 30 ms of a core, which is all that a small machine should give at once.
type hasher struct {
	turn    chan struct{} // holds one token: whoever has it computes
	waiting atomic.Int32
	dummy   string       // what the password of an unknown user is checked against
	dummies atomic.Int64 // how often that was done
}

func newHasher() *hasher {
	h := &hasher{turn: make(chan struct{}, 1)}
	h.turn <- struct{}{}
	h.dummy = argonNow.encode(randomBytes(argonSalt), randomBytes(argonKey))
	return h
}

// hash returns the hash of password in PHC's format. It returns Unavailable
// when too many are waiting, and when ctx ends before its turn.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := randomBytes(argonSalt)
	var key []byte
	err := h.take(ctx, func() { key = argonNow.derive(password, salt, argonKey) })
	if err != nil {
		return "", err
	}
	return argonNow.encode(salt, key), nil
}

// verify reports whether hash is password's, and whether it is stale and should be
// made anew. An empty hash is nobody's: it takes as long as any other and never
// matches. It returns Unavailable as hash does.
func (h *hasher) verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	if len(password) > maxPassword {
		return false, false, nil
	}
	unknown := hash == ""
	if unknown {
		hash = h.dummy
	}
	a, salt, key, err := parseHash(hash)
	if err != nil {
		return false, false, err
	}
	var derived []byte
	err = h.take(ctx, func() {
		derived = a.derive(password, salt, len(key))
		if unknown {
			h.dummies.Add(1)
		}
	})
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(derived, key) == 1 && !unknown
	return ok, ok && (a != argonNow || len(salt) != argonSalt || len(key) != argonKey), nil
}

// take waits for its turn, then runs f.
func (h *hasher) take(ctx context.Context, f func()) error {
	busy := &Error{Kind: Unavailable, Message: "Very many people are signing in at the moment. Please try again in a few seconds.", Retry: 5 * time.Second}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > maxHashQueue+1 { // one of them computes
		return busy
	}
	select {
	case <-h.turn:
	case <-ctx.Done():
		return fmt.Errorf("%w (%w)", busy, ctx.Err())
	}
	defer func() { h.turn <- struct{}{} }()
	f()
	return nil
}

func (a argon) derive(password string, salt []byte, size int) []byte {
	return argon2.IDKey([]byte(preparePassword(password)), salt, a.time, a.memory, a.threads, uint32(size))
}

// encode writes a hash in PHC's format.
func (a argon) encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, a.memory, a.time, a.threads, b64(salt), b64(key))
}

func parseHash(hash string) (a argon, salt, key []byte, err error) {
	damaged := func() (argon, []byte, []byte, error) {
		return argon{}, nil, nil, fmt.Errorf("a stored password hash is damaged")
	}
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return damaged()
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &a.memory, &a.time, &a.threads); err != nil {
		return damaged()
	}
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(parts[4]); err != nil {
		return damaged()
	}
	if key, err = b64.DecodeString(parts[5]); err != nil {
		return damaged()
	}
	// What argon2 would panic at, and what nobody here ever wrote.
	if a.time < 1 || a.threads < 1 || a.memory > 1<<20 || a.time > 100 || len(salt) < 8 || len(key) < 16 || a.encode(salt, key) != hash {
		return damaged()
	}
	return a, salt, key, nil
}

// preparePassword makes one password of those that people can't tell apart on
// their keyboards: NFC, and every kind of space a plain one (NIST SP 800-63B-4,
// section 3.1.1.2; RFC 8265, section 4.2).
func preparePassword(password string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, password))
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err) // never returned since Go 1.24
	}
	return b
}

package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"reselling/models/licensekey"
)

// fileLifetime is how long a licence file holds at most.
const fileLifetime = 30 * oneDay

// filesPerDay is how many files a licence gets for one machine within 24 hours.
const filesPerDay = 10

// LicenseFile is a signed file with which a product checks its licence offline.
type LicenseFile struct {
	Name   string // to save it under
	Text   string
	Claims licensekey.File
	Answer KeyAnswer // why there is none, where the product asked by its key
}

// FileEntry is what a page or a product says about the machine that gets a file.
type FileEntry struct {
	Fingerprint string
	Name        string // of the machine; optional
}

func (e *FileEntry) check() error {
	p := Problems{}
	e.Name = clean(e.Name)
	p.fit("name", e.Name, maxMachineText)
	if !licensekey.IsFingerprint(e.Fingerprint) {
		p.Add("fingerprint", "Enter the fingerprint as the product shows it: 8 to 128 letters, digits or . _ : + / = -")
	}
	return p.Err()
}

// fileRefusals are what people are told where a licence gives no file.
var fileRefusals = map[ValidationCode]string{
	CodeRevoked:            "This licence was revoked. There is no file for it.",
	CodeSuspended:          "This licence is suspended. There are files again once it is not.",
	CodeNotStarted:         "This licence has not started. There are files from its first day.",
	CodeExpired:            "This licence has ended. There are files again once it is renewed.",
	CodeTooManyActivations: "All seats of this licence are taken. Deactivate a machine first.",
}

// MakeLicenseFile makes a file for a machine of a licence of the actor's account.
// The machine takes a seat, if it has none yet.
func (s *Store) MakeLicenseFile(ctx context.Context, actor Actor, licenseID string, e FileEntry) (LicenseFile, error) {
	if err := actor.require(IssueTrials); err != nil {
		return LicenseFile{}, err
	}
	return s.makeFile(ctx, actor, e, func(tx *tx) (License, error) {
		o, err := s.license(ctx, tx.DB, actor.AccountID, licenseID)
		return o.license, err
	})
}

// ClientLicenseFile is MakeLicenseFile for whoever has the link of a client's page.
func (s *Store) ClientLicenseFile(ctx context.Context, visitor Actor, token string, e FileEntry) (LicenseFile, error) {
	return s.makeFile(ctx, visitor, e, func(tx *tx) (License, error) {
		p, err := s.clientPage(ctx, tx.DB, token)
		return p.License, err
	})
}

// ProductLicenseFile is MakeLicenseFile for a product that has the key. Without a
// file, the answer says why.
func (s *Store) ProductLicenseFile(ctx context.Context, actor Actor, q KeyQuestion, e MachineEntry) (LicenseFile, error) {
	p := q.problems()
	e.clean(p)
	if err := p.Err(); err != nil {
		return LicenseFile{}, err
	}
	var f LicenseFile
	k, now, err := s.writeKey(ctx, q, func(tx *tx) (keyState, error) {
		k, err := tx.activateMachine(ctx, actor, q, e)
		if err == nil && k.code == CodeValid {
			f, err = tx.fileFor(ctx, actor, k)
		}
		return k, err
	})
	if err != nil {
		return LicenseFile{}, err
	}
	f.Answer, err = s.answer(ctx, actActivate, k, now)
	return f, err
}

func (s *Store) makeFile(ctx context.Context, actor Actor, e FileEntry, find func(*tx) (License, error)) (f LicenseFile, err error) {
	if err := e.check(); err != nil {
		return f, err
	}
	err = s.write(ctx, func(tx *tx) error {
		l, err := find(tx)
		if err != nil {
			return err
		}
		product, err := rowsOf[Product](tx.DB).Where("id = ?", l.ProductID).Take(ctx)
		if err != nil {
			return err
		}
		q := KeyQuestion{Key: l.Key, Product: product.Code, Fingerprint: e.Fingerprint}
		k, err := tx.activateMachine(ctx, actor, q, MachineEntry{Name: e.Name})
		if err != nil {
			return err
		}
		if k.code != CodeValid {
			message := fileRefusals[k.code]
			if message == "" { // its signing key was withdrawn
				message = "The key of this licence is no longer valid. It is about to be replaced."
			}
			refused := refusal(string(k.code), "%s", message)
			refused.Fields = Problems{"fingerprint": message}
			return refused
		}
		f, err = tx.fileFor(ctx, actor, k)
		return err
	})
	return f, err
}

// fileFor signs a file for the machine of k, which has a seat.
func (tx *tx) fileFor(ctx context.Context, actor Actor, k keyState) (LicenseFile, error) {
	if _, err := tx.attempt(ctx, "This machine got ten files today. Try again tomorrow.",
		limit{"license file " + k.activation.String, filesPerDay, oneDay}); err != nil {
		return LicenseFile{}, err
	}
	ends := tx.now.Add(fileLifetime)
	if k.endsAt.Before(ends) {
		ends = k.endsAt
	}
	f := LicenseFile{Name: k.productCode + ".license", Claims: licensekey.File{
		License: k.licenseID, Product: k.productCode, Fingerprint: k.asked.Fingerprint, Seats: k.seats,
		ValidFrom: k.startsAt.Unix(), ValidUntil: k.endsAt.Unix(), IssuedAt: tx.now.Unix(), ExpiresAt: ends.Unix(),
	}}
	signer, err := tx.signer(ctx)
	if err != nil {
		return f, err
	}
	if f.Text, err = signer.SignFile(f.Claims); err != nil {
		return f, err
	}
	a, err := tx.noteFile(ctx, k.activation.String, ends)
	if err != nil {
		return f, err
	}
	return f, tx.recordMachine(ctx, actor, "license.file_made", a)
}

func (tx *tx) noteFile(ctx context.Context, activationID string, ends time.Time) (Activation, error) {
	ends = ends.UTC()
	if err := changed(rowsOf[Activation](tx.DB).Where("id = ?", activationID).Update(ctx, "file_ends_at", ends)); err != nil {
		return Activation{}, err
	}
	return rowsOf[Activation](tx.DB).Where("id = ?", activationID).Take(ctx)
}

// machinesOf are the live machines of a licence, the first first, and its swaps.
func machinesOf(ctx context.Context, db *gorm.DB, l License, now time.Time) (Machines, error) {
	swaps, err := swapsOf(ctx, db, l.ID, l.Seats, now)
	if err != nil {
		return Machines{}, err
	}
	n, err := rowsOf[Activation](db).Where("license_id = ? AND deactivated_at IS NULL", l.ID).Count(ctx, "id")
	if err != nil {
		return Machines{}, err
	}
	live, err := rowsOf[Activation](db).Where("license_id = ? AND deactivated_at IS NULL", l.ID).Order("activated_at, id").Limit(machinesShown).Find(ctx)
	return Machines{Live: live, Count: int(n), Seats: l.Seats, Swaps: swaps}, err
}

// machinesShown is how many machines a page lists.
const machinesShown = 200

// Machines are those on which a licence is in use.
type Machines struct {
	Live  []Activation // the first first, at most 200
	Count int
	Seats int
	Swaps Swaps
}

// HasSeat reports whether the i-th of Live has a seat: where seats were lost, the
// last activated ones have none.
func (m Machines) HasSeat(i int) bool { return i < m.Seats }

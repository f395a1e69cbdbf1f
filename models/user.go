package models

import (
	"fmt"
	"time"
)

// User is a person who can sign in: of accounts, or of the vendor's staff, never both.
type User struct {
	ID                string
	Email             string
	EmailKey          string // the comparable form, unique
	Name              string
	Search            string // as searchable returns it: changes with name and address, and lists of people are sorted by it
	PasswordHash      string
	StaffRole         StaffRole
	TimeZone          string // empty: the account's
	CreatedAt         time.Time
	PasswordChangedAt time.Time
	LastSignInAt      *time.Time
	RemovedAt         *time.Time // staff who have left
	Version           int
}

// searchable is what u is found and sorted by.
func (u User) searchable() string { return fold(u.Name + " " + u.Email) }

func (u User) subject(accountID string) subject {
	return subject{kind: "user", id: u.ID, name: u.Name, accountID: accountID}
}

// email returns the mail address in a field, or adds what is wrong with it.
func (p Problems) email(field, typed string) string {
	if typed = clean(typed); typed == "" {
		p.Add(field, "Enter a mail address.")
		return ""
	}
	email, ok := parseEmail(typed)
	if !ok {
		p.Add(field, "That is not a mail address. Write it as name@example.com.")
	}
	return email
}

// name returns a person's name in a field, or adds what is wrong with it.
func (p Problems) name(field, typed string) string {
	typed = p.optionalName(field, typed)
	if typed == "" {
		p.Add(field, "Enter the name by which colleagues know you.")
	}
	return typed
}

func (p Problems) optionalName(field, typed string) string {
	if typed = clean(typed); tooLong(typed, maxName) {
		p.Add(field, fmt.Sprintf("A name has at most %d characters.", maxName))
	}
	return typed
}

// newPassword adds what is wrong with a password that user wants to have.
func (p Problems) newPassword(field, password string, user User) {
	if err := validatePassword(password, user.Name, user.Email); err != nil {
		p.Add(field, err.Error())
	}
}

package models

import "time"

// Mail is one mail, to one recipient.
type Mail struct {
	ID        string
	DedupeKey string // the job and what it is about: the same mail is kept once
	Kind      string
	AccountID string
	SubjectID string // what it is about: a trial, an invitation
	Recipient string
	Subject   string
	HTML      string
	Body      string // the plain text
	MessageID string
	CreatedAt time.Time
	SentAt    *time.Time
	Search    string
}

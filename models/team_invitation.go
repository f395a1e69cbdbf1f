package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxInvitations is how many addresses one form invites.
const maxInvitations = 50

// TeamInvitation is what the form "Invite users" asks for.
type TeamInvitation struct {
	Emails        string // as typed: one or more addresses
	Role          Role
	ResellingRole ResellingRole // set by the Owner only
	RequestKey    string
}

// RefusedAddress is one address that can't be invited, and why.
type RefusedAddress struct {
	Email        string
	Reason       string // a sentence that names the address
	InvitationID string // an open invitation that could be resent instead, or empty
}

// InviteUsers invites every address of r to the actor's account, or nobody: then
// it returns each address that is wrong. The same request_key invites nobody twice.
func (s *Store) InviteUsers(ctx context.Context, actor Actor, r TeamInvitation) (sent []Invitation, refused []RefusedAddress, err error) {
	if err := actor.require(ManageTeam); err != nil {
		return nil, nil, err
	}
	problems := Problems{}
	problems.role("role", r.Role)
	if r.ResellingRole != "" {
		if err := actor.require(ManageReselling); err != nil {
			return nil, nil, err
		}
		problems.resellingRole("reselling_role", r.ResellingRole)
	}
	addresses, refused := addressesOf(r.Emails)
	typed := len(addresses) + len(refused)
	refused = problems.addresses("emails", addresses, refused)
	if typed == 0 {
		problems.Add("emails", "Enter at least one mail address.")
	}
	if err := problems.Err(); err != nil {
		return nil, refused, err
	}
	err = s.write(ctx, func(tx *tx) error {
		actor, err := tx.lockTeam(ctx, actor, ManageTeam)
		if err == nil && r.ResellingRole != "" {
			err = actor.require(ManageReselling)
		}
		if err != nil {
			return err
		}
		sent, refused, err = tx.inviteAll(ctx, actor, r.RequestKey, addresses, r.Role, r.ResellingRole)
		return err
	})
	return sent, refused, err
}

// inviteAll invites each address or, where one can't be, none: the error then
// rolls back, and the refusals say why.
func (tx *tx) inviteAll(ctx context.Context, actor Actor, requestKey string, addresses []string, role Role, reselling ResellingRole) (sent []Invitation, refused []RefusedAddress, err error) {
	if len(addresses) == 0 {
		return nil, nil, nil
	}
	used, err := tx.claim(ctx, actor, "team invitation", requestKey, newID(), []any{addresses, role, reselling})
	if err != nil {
		return nil, nil, err
	}
	if used.id != "" {
		sent, err = tx.openTo(ctx, actor, addresses)
		return sent, nil, used.told(err, "its invitations were sent")
	}
	for _, email := range addresses {
		in, err := tx.invite(ctx, actor, Invitation{AccountID: &actor.AccountID, Email: email, Role: role, ResellingRole: reselling})
		e, ok := errors.AsType[*Error](err)
		switch {
		case err == nil:
			sent = append(sent, in)
		case ok && (e.Kind == Invalid || e.Kind == Conflict || e.Kind == TooMany):
			r, err := tx.refusal(ctx, actor, email, e)
			if err != nil {
				return nil, nil, err
			}
			refused = append(refused, r)
		default:
			return nil, nil, err
		}
	}
	if len(refused) > 0 {
		return nil, refused, refusedError(Conflict, refused)
	}
	return sent, nil, nil
}

func (tx *tx) openTo(ctx context.Context, actor Actor, addresses []string) ([]Invitation, error) {
	keys := make([]string, len(addresses))
	for i, email := range addresses {
		keys[i] = emailKey(email)
	}
	return rowsOf[Invitation](tx.DB).Where("account_id = ? AND email_key IN ? AND accepted_at IS NULL AND revoked_at IS NULL", actor.AccountID, keys).Order("email_key").Find(ctx)
}

// refusal is one line of the answer: with the open invitation that stands in the way, if one does.
func (tx *tx) refusal(ctx context.Context, actor Actor, email string, e *Error) (RefusedAddress, error) {
	r := RefusedAddress{Email: email, Reason: e.Message}
	if e.Subject == "" {
		return r, nil
	}
	open, err := rowsOf[Invitation](tx.DB).Where("account_id = ? AND id = ? AND role <> ? AND accepted_at IS NULL AND revoked_at IS NULL", actor.AccountID, e.Subject, Owner).Find(ctx)
	if len(open) > 0 {
		r.InvitationID = open[0].ID
	}
	return r, err
}

func refusedError(kind Kind, refused []RefusedAddress) *Error {
	reasons := make([]string, len(refused))
	for i, r := range refused {
		reasons[i] = r.Reason
	}
	message := "Nobody was invited, since one address can't be."
	if len(refused) > 1 {
		message = fmt.Sprintf("Nobody was invited, since %d addresses can't be.", len(refused))
	}
	return &Error{Kind: kind, Message: message, Fields: map[string]string{"emails": strings.Join(reasons, " ")}}
}

// addresses adds what is wrong with a list of addresses as such, and returns
// what is to be said about single ones: nothing when there are too many.
func (p Problems) addresses(field string, addresses []string, refused []RefusedAddress) []RefusedAddress {
	if n := len(addresses) + len(refused); n > maxInvitations {
		p.Add(field, fmt.Sprintf("These are %d addresses. Invite at most %d at once.", n, maxInvitations))
		return nil
	}
	if len(refused) > 0 {
		p.Add(field, refusedError(Invalid, refused).Fields["emails"])
	}
	return refused
}

// ResendTeamInvitation sends an open invitation of the actor's account again,
// valid for another 7 days; its earlier links die.
func (s *Store) ResendTeamInvitation(ctx context.Context, actor Actor, invitationID string) (in Invitation, err error) {
	err = s.changeInvitation(ctx, actor, invitationID, func(tx *tx, actor Actor, found Invitation) error {
		in, err = tx.resendInvitation(ctx, actor, found)
		return err
	})
	return in, err
}

// RevokeTeamInvitation ends an open invitation of the actor's account.
func (s *Store) RevokeTeamInvitation(ctx context.Context, actor Actor, invitationID string) (in Invitation, err error) {
	err = s.changeInvitation(ctx, actor, invitationID, func(tx *tx, actor Actor, found Invitation) error {
		in = found
		return tx.revokeInvitation(ctx, actor, found)
	})
	return in, err
}

func (s *Store) changeInvitation(ctx context.Context, actor Actor, id string, change func(*tx, Actor, Invitation) error) error {
	if err := actor.require(ManageTeam); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		actor, err := tx.lockTeam(ctx, actor, ManageTeam)
		if err != nil {
			return err
		}
		// An Owner is invited by the vendor's staff and by nobody else.
		in, err := rowsOf[Invitation](tx.DB).Where("account_id = ? AND id = ? AND role <> ?", actor.AccountID, id, Owner).Take(ctx)
		if err != nil {
			return orNotFound(err, "Invitation")
		}
		return change(tx, actor, in)
	})
}

// PendingInvitations are the open invitations of the actor's account, the latest
// first, expired ones among them. Only the Owner sees their reselling roles.
func (s *Store) PendingInvitations(ctx context.Context, actor Actor) ([]PendingInvitation, error) {
	if err := actor.require(ManageTeam); err != nil {
		return nil, err
	}
	pending, err := rowsOf[PendingInvitation](s.reader).Raw(`SELECT i.*, COALESCE(u.name, '') AS invited_by_name, COALESCE((SELECT m.failure FROM mails m
			WHERE m.subject_id = i.id AND m.kind = ? AND m.failed_at IS NOT NULL AND m.created_at >= i.sent_at ORDER BY m.failed_at DESC LIMIT 1), '') AS undelivered
		FROM invitations i LEFT JOIN users u ON u.id = i.invited_by
		WHERE i.account_id = ? AND i.role <> 'owner' AND i.accepted_at IS NULL AND i.revoked_at IS NULL ORDER BY i.sent_at DESC, i.id DESC LIMIT 200`, InvitationMail{}.Kind(), actor.AccountID).Find(ctx)
	if !actor.Can(ManageReselling) {
		for i := range pending {
			pending[i].ResellingRole = ""
		}
	}
	return pending, err
}

// PendingInvitation is an open invitation and who sent it.
type PendingInvitation struct {
	Invitation
	InvitedByName string
	Undelivered   string // why its mail, the last one, could not be delivered
}

// addressesOf takes apart what was typed or pasted, as splitEmails does; the
// addresses in the order of their comparable form.
func addressesOf(typed string) (addresses []string, refused []RefusedAddress) {
	addresses, invalid := splitEmails(typed)
	for _, word := range invalid {
		refused = append(refused, RefusedAddress{Email: word, Reason: fmt.Sprintf("“%s” is not a mail address.", shortened(word))})
	}
	slices.SortFunc(addresses, func(a, b string) int { return strings.Compare(emailKey(a), emailKey(b)) })
	return addresses, refused
}

func shortened(s string) string {
	if tooLong(s, 80) {
		return string([]rune(s)[:79]) + "…"
	}
	return s
}

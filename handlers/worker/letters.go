package worker

import (
	"context"
	"strings"

	"github.com/riverqueue/river"

	"reselling/models"
	"reselling/views/mail"
	"reselling/views/paths"
)

// register says who writes which mail.
func (p *post) register(registry *river.Workers) {
	add(registry, p, p.invitation)
	add(registry, p, p.passwordReset)
	add(registry, p, p.passwordChanged)
	add(registry, p, p.emailChange)
	add(registry, p, p.newDevice)
	add(registry, p, p.roleChanged)
	add(registry, p, p.ownership)
	add(registry, p, p.ownerReplaced)
	add(registry, p, p.trial)
	add(registry, p, p.interest)
	add(registry, p, p.requestDecided)
	add(registry, p, p.trialExtended)
	add(registry, p, p.clientReminder)
	add(registry, p, p.trialReminder)
	add(registry, p, p.undelivered)
	add(registry, p, p.priceRequest)
	add(registry, p, p.quote)
	add(registry, p, p.quoteLapsing)
	add(registry, p, p.priceDeclined)
	add(registry, p, p.orderPlaced)
	add(registry, p, p.invoice)
	add(registry, p, p.annex)
	add(registry, p, p.annexNeeded)
	add(registry, p, p.creditNote)
	add(registry, p, p.accountStanding)
	add(registry, p, p.payment)
	add(registry, p, p.orderActive)
	add(registry, p, p.clientLicense)
	add(registry, p, p.licenseEnding)
	add(registry, p, p.clientInvoice)
	add(registry, p, p.handover)
	add(registry, p, p.webhookEnded)
	add(registry, p, p.keyReplaced)
}

func (p *post) invitation(ctx context.Context, job models.InvitationMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.InvitationForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	e := envelope{accountID: l.AccountID, subjectID: l.InvitationID, hasKey: true}
	if l.IsForStaff {
		e.Message = mail.StaffInvitation{
			Portal: portal, To: l.To, Name: l.Name, InvitedBy: l.InviterName, Role: l.StaffRole.Name(), Link: l.Link, ExpiresAt: in(l.ExpiresAt, l.Zone),
		}.Message()
		return &e, nil
	}
	e.Message = mail.Invitation{
		Portal: portal, To: l.To, Name: l.Name, InvitedBy: l.InviterName, Account: l.AccountName, Role: l.Role.Name(), ResellingRole: l.ResellingRole.Name(),
		HasUser: l.HasUser, Link: l.Link, ExpiresAt: in(l.ExpiresAt, l.Zone),
	}.Message()
	return &e, nil
}

func (p *post) passwordReset(ctx context.Context, job models.PasswordResetMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.PasswordResetForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.PasswordReset{Portal: portal, To: l.To, Name: l.Name, Link: l.Link, ExpiresAt: in(l.ExpiresAt, l.Zone)}
	return &envelope{Message: m.Message(), subjectID: l.UserID, hasKey: true}, nil
}

func (p *post) passwordChanged(ctx context.Context, job models.PasswordChangedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.PasswordChangedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.PasswordChanged{Portal: portal, To: l.To, Name: l.Name, At: in(l.At, l.Zone), Device: l.Device, Address: l.Address, ForgottenLink: l.ForgottenLink}
	return &envelope{Message: m.Message(), subjectID: l.UserID}, nil
}

func (p *post) emailChange(ctx context.Context, job models.EmailChangeMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.EmailChangeForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	e := envelope{subjectID: l.UserID, hasKey: !l.Announce && !l.Taken}
	switch {
	case l.Taken:
		e.Message = mail.EmailChangeTaken{Portal: portal, To: l.To, Link: l.Link}.Message()
	case l.Announce:
		e.Message = mail.EmailChangeAnnounced{Portal: portal, To: l.To, Name: l.Name, NewEmail: l.NewEmail, At: in(l.At, l.Zone), SecurityLink: l.Link}.Message()
	default:
		e.Message = mail.EmailChangeConfirm{Portal: portal, To: l.To, Name: l.Name, OldEmail: l.OldEmail, Link: l.Link, ExpiresAt: in(l.ExpiresAt, l.Zone)}.Message()
	}
	return &e, nil
}

func (p *post) newDevice(ctx context.Context, job models.NewDeviceMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.NewDeviceForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.NewDevice{Portal: portal, To: l.To, Name: l.Name, Device: l.Device, Address: l.Address, At: in(l.At, l.Zone), Link: l.Link}
	return &envelope{Message: m.Message(), subjectID: l.UserID}, nil
}

func (p *post) roleChanged(ctx context.Context, job models.RoleChangedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.RoleChangedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	e := envelope{accountID: l.AccountID, subjectID: l.UserID}
	if strings.HasSuffix(l.Action, "removed") {
		e.Message = mail.RemovedFromTeam{
			Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, By: l.ByName,
			FromReselling: strings.HasPrefix(l.Action, "membership.reselling"), At: in(l.At, l.Zone),
		}.Message()
		return &e, nil
	}
	m := mail.RoleChanged{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, By: l.ByName,
		RoleBefore: l.Before.Role.Name(), RoleAfter: l.After.Role.Name(),
		ResellingBefore: l.Before.ResellingRole.Name(), ResellingAfter: l.After.ResellingRole.Name(), At: in(l.At, l.Zone), Link: l.Link,
	}
	if l.After.StaffRole != "" {
		m.RoleBefore, m.RoleAfter = l.Before.StaffRole.Name(), l.After.StaffRole.Name()
	}
	e.Message = m.Message()
	return &e, nil
}

func (p *post) ownership(ctx context.Context, job models.OwnershipMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, err := p.store.OwnershipLetter(ctx, models.System, job)
	if err != nil || l.Superseded {
		return nil, err
	}
	link := p.store.URL(paths.TeamUsers())
	e := envelope{accountID: l.AccountID, subjectID: job.OfferID}
	switch l.Step {
	case "offered":
		e.Message = mail.OwnershipOffered{Portal: portal, To: l.ToEmail, Name: l.ToName, Owner: l.OwnerName, Account: l.AccountName, Link: link}.Message()
	case "accepted":
		e.Message = mail.OwnershipTransferred{Portal: portal, To: l.ToEmail, Name: l.ToName, NewOwner: l.MemberName, Account: l.AccountName, Link: link}.Message()
	case "declined":
		e.Message = mail.OwnershipDeclined{Portal: portal, To: l.ToEmail, Name: l.ToName, Member: l.MemberName, Account: l.AccountName, Link: link}.Message()
	default:
		e.Message = mail.OwnershipWithdrawn{Portal: portal, To: l.ToEmail, Name: l.ToName, Owner: l.OwnerName, Account: l.AccountName}.Message()
	}
	return &e, nil
}

func (p *post) ownerReplaced(ctx context.Context, job models.OwnerReplacedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.OwnerReplacedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.OwnerReplaced{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, Step: l.Step, IsFormer: l.IsFormer,
		Former: l.FormerName, Successor: l.SuccessorName, Leaves: l.Leaves, Reason: l.Reason, Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: job.UserID}, nil
}

func (p *post) trial(ctx context.Context, job models.TrialMail) (*envelope, error) {
	l, ok, err := p.store.TrialForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.TrialIssued{
		Portal: mail.Portal{Vendor: l.VendorName, URL: p.store.URL("/")}, To: l.To, Name: l.Name, Company: l.Company, Account: l.AccountName, ContactName: l.ContactName, ContactEmail: l.ContactEmail,
		Product: l.Product, Days: l.Days, EndsAt: in(l.EndsAt, l.Zone), Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.TrialID, hasKey: true}, nil
}

func (p *post) interest(ctx context.Context, job models.InterestMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.InterestForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.ClientInterest{
		Portal: portal, To: l.To, Name: l.Name, Client: l.Company, ContactName: l.ClientName, ContactEmail: l.ClientEmail, Product: l.Product, Link: l.Link,
	}
	if !l.HasEnded {
		m.EndsAt = in(l.EndsAt, l.Zone)
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.LicenseID}, nil
}

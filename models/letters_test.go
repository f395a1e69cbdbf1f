package models_test

import (
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestInvitationLetter(t *testing.T) {
	w := modelstest.New(t)
	in := invite(t, w, models.Invitation{AccountID: account(modelstest.Acme), Email: "new@example.com", Name: "Nia", Role: models.Admin, ResellingRole: models.Seller})
	job := models.InvitationMail{InvitationID: in.ID, Generation: 1}
	l, ok, err := w.InvitationForMail(t.Context(), models.System, job)
	want := models.InvitationLetter{
		InvitationID: in.ID, AccountID: modelstest.Acme, To: "new@example.com", Name: "Nia", Link: modelstest.BaseURL + "/invitations/" + tokenOf(w, in),
		AccountName: "Acme", InviterName: "Olivia Owner", VendorName: "ElectroNeek", Role: models.Admin, ResellingRole: models.Seller,
		ExpiresAt: in.ExpiresAt, Zone: "Europe/Madrid",
	}
	if err != nil || !ok || l != want {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	again, err := w.ResendInvitation(t.Context(), modelstest.AcmeOwner, in)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.InvitationForMail(t.Context(), models.System, job); ok || err != nil {
		t.Errorf("an earlier generation is sent: %v", err)
	}
	job.Generation = 2
	if l, ok, err := w.InvitationForMail(t.Context(), models.System, job); !ok || err != nil || !strings.HasSuffix(l.Link, tokenOf(w, again)) {
		t.Errorf("%+v, %v", l, err)
	}
	if err := w.RevokeInvitation(t.Context(), modelstest.AcmeOwner, again); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.InvitationForMail(t.Context(), models.System, job); ok || err != nil {
		t.Errorf("a revoked one is sent: %v", err)
	}
	staff, _, err := w.InviteStaff(t.Context(), models.System, models.StaffInvitation{Email: "s@vendor.example", Role: models.Finance})
	if err != nil {
		t.Fatal(err)
	}
	l, ok, err = w.InvitationForMail(t.Context(), models.System, models.InvitationMail{InvitationID: staff.ID, Generation: 1})
	if err != nil || !ok || !l.IsForStaff || l.StaffRole != models.Finance || l.InviterName != "" || l.AccountName != "ElectroNeek" || l.Zone != "America/New_York" {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
}

func TestPasswordLetters(t *testing.T) {
	w := modelstest.New(t)
	r := askReset(t, w, "mia@acme.example")
	l, ok, err := w.PasswordResetForMail(t.Context(), models.System, models.PasswordResetMail{ResetID: r.ID})
	want := models.PasswordResetLetter{
		UserID: modelstest.AcmeMember.UserID, To: "mia@acme.example", Name: "Mia Member", Link: modelstest.BaseURL + "/password/reset/" + resetTokenOf(w, r),
		ExpiresAt: modelstest.Now.Add(30 * time.Minute), Zone: "Europe/Madrid",
	}
	if err != nil || !ok || l != want {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	w.Clock.Advance(30 * time.Minute)
	if _, ok, err := w.PasswordResetForMail(t.Context(), models.System, models.PasswordResetMail{ResetID: r.ID}); ok || err != nil {
		t.Errorf("a dead link is sent: %v", err)
	}
	job := models.PasswordChangedMail{UserID: modelstest.AcmeMember.UserID, SessionID: modelstest.AcmeMember.SessionID, At: modelstest.Now.UnixMicro()}
	changed, ok, err := w.PasswordChangedForMail(t.Context(), models.System, job)
	if want := (models.PasswordChangedLetter{
		UserID: job.UserID, To: "mia@acme.example", Name: "Mia Member", At: modelstest.Now, Zone: "Europe/Madrid",
		Device: "Test browser", Address: "192.0.2.1", ForgottenLink: modelstest.BaseURL + "/password/forgot",
	}); err != nil || !ok || changed != want {
		t.Errorf("%+v, %v, %v", changed, ok, err)
	}
}

func TestEmailChangeLetters(t *testing.T) {
	w := modelstest.New(t)
	e, token := changeTo(t, w, "mia@new.example")
	want := models.EmailChangeLetter{
		UserID: modelstest.AcmeMember.UserID, To: "mia@new.example", Name: "Mia Member", OldEmail: "mia@acme.example", NewEmail: "mia@new.example",
		Link: modelstest.BaseURL + "/me/email/" + token, At: e.CreatedAt, ExpiresAt: e.ExpiresAt, Zone: "Europe/Madrid",
	}
	l, ok, err := w.EmailChangeForMail(t.Context(), models.System, models.EmailChangeMail{ChangeID: e.ID})
	if err != nil || !ok || l != want {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	if _, err := w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, token); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.EmailChangeForMail(t.Context(), models.System, models.EmailChangeMail{ChangeID: e.ID}); ok || err != nil {
		t.Errorf("a used link is sent: %v", err)
	}
	want.To, want.Link, want.Announce = "mia@acme.example", modelstest.BaseURL+"/me/security", true
	l, ok, err = w.EmailChangeForMail(t.Context(), models.System, models.EmailChangeMail{ChangeID: e.ID, Announce: true})
	if err != nil || !ok || l != want {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
}

func TestNewDeviceLetter(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE users SET time_zone = 'Asia/Tokyo' WHERE id = ?", modelstest.AcmeMember.UserID)
	l, ok, err := w.NewDeviceForMail(t.Context(), models.System, models.NewDeviceMail{SessionID: modelstest.AcmeMember.SessionID})
	if want := (models.NewDeviceLetter{
		UserID: modelstest.AcmeMember.UserID, To: "mia@acme.example", Name: "Mia Member", Device: "Test browser", Address: "192.0.2.1",
		At: modelstest.Now, Zone: "Asia/Tokyo", Link: modelstest.BaseURL + "/me/security",
	}); err != nil || !ok || l != want {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	if _, ok, err := w.NewDeviceForMail(t.Context(), models.System, models.NewDeviceMail{SessionID: "gone"}); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestRoleChangedLetter(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, `INSERT INTO events (id, at, account_id, actor_kind, actor_name, action, subject_type, subject_id, subject_name, before, after)
		VALUES ('e1', ?, ?, 'user', 'Olivia Owner', 'membership.role_changed', 'membership', 'm', 'Mia Member', '{"role":"member"}', '{"role":"admin","reselling_role":"viewer"}')`, modelstest.Now, modelstest.Acme)
	l, ok, err := w.RoleChangedForMail(t.Context(), models.System, models.RoleChangedMail{UserID: modelstest.AcmeMember.UserID, EventID: "e1"})
	if want := (models.RoleChangedLetter{
		UserID: modelstest.AcmeMember.UserID, To: "mia@acme.example", Name: "Mia Member", AccountID: modelstest.Acme, AccountName: "Acme", ByName: "Olivia Owner",
		Action: "membership.role_changed", Before: models.Roles{Role: models.Member}, After: models.Roles{Role: models.Admin, ResellingRole: models.Viewer},
		At: modelstest.Now, Zone: "Europe/Madrid", Link: modelstest.BaseURL + "/",
	}); err != nil || !ok || l != want {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
}

package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// ownershipOffers is where the browser is after a refusal: reloading must lead somewhere.
func (h *handlers) ownershipOffers(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, paths.NewOwnershipOffer())
}

func (h *handlers) newOwnershipOffer(c echo.Context) error {
	return h.offerForm(c, views.OwnershipForm{}, nil)
}

func (h *handlers) offerForm(c echo.Context, form views.OwnershipForm, problem *models.Error) error {
	candidates, err := h.store.OwnershipCandidates(ctx(c), actor(c))
	if err != nil {
		return err
	}
	p, err := h.teamPage(c)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.NewOwnershipOffer(p, candidates, form, h.asksPassword(c, problem), problem))
}

// asksPassword reports whether a sensitive form must ask for the password.
func (h *handlers) asksPassword(c echo.Context, problem *models.Error) bool {
	return actor(c).NeedsPassword(h.store.Now()) || problem != nil && problem.Code == "reauthentication"
}

// confirmed is the actor of a sensitive act. A password in the form is confirmed
// first; whether one was needed is for the use case to say.
func (h *handlers) confirmed(c echo.Context) (models.Actor, error) {
	password := c.Request().PostFormValue("password")
	if password == "" {
		return actor(c), nil
	}
	a, err := h.store.Reauthenticate(ctx(c), actor(c), password)
	if err == nil {
		c.Set(actorKey, a)
	}
	return a, err
}

func (h *handlers) offerOwnership(c echo.Context) error {
	var form views.OwnershipForm
	if err := bind(c, &form); err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		_, err = h.store.OfferOwnership(ctx(c), a, form.MembershipID)
	}
	if problem, ok := fixable(err); ok {
		return h.offerForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.TeamUsers(), "The ownership is offered. You stay the Owner until the offer is accepted.")
}

func (h *handlers) ownershipOffer(c echo.Context) error { return h.offerPage(c, nil) }

// offerPage shows an open offer to its two sides; to everybody else there is none.
func (h *handlers) offerPage(c echo.Context, problem *models.Error) error {
	offerID, err := id(c, "id")
	if err != nil {
		return err
	}
	p, err := h.teamPage(c)
	if err != nil {
		return err
	}
	if p.Offer == nil || p.Offer.ID != offerID {
		if problem != nil {
			return problem
		}
		return models.Errorf(models.NotFound, "This offer of the ownership is not open any more, or was not made to you.")
	}
	return h.render(c, status(problem), views.OwnershipOffer(p, h.asksPassword(c, problem), problem))
}

func (h *handlers) acceptOwnership(c echo.Context) error {
	return h.answerOffer(c, h.store.AcceptOwnership, "You are the Owner of "+actor(c).AccountName+" now.")
}

func (h *handlers) declineOwnership(c echo.Context) error {
	return h.answerOffer(c, h.store.DeclineOwnership, "You have declined the ownership.")
}

func (h *handlers) withdrawOwnership(c echo.Context) error {
	return h.answerOffer(c, h.store.WithdrawOwnership, "The offer is withdrawn. You are still the Owner.")
}

func (h *handlers) answerOffer(c echo.Context, answer func(context.Context, models.Actor, string) error, done string) error {
	offerID, err := id(c, "id")
	if err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		err = answer(ctx(c), a, offerID)
	}
	if problem, ok := fixable(err); ok {
		return h.offerPage(c, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.TeamUsers(), done)
}

package handlers

import (
	"context"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
)

// activityRoutes is the map of what happened in an account.
func (h *handlers) activityRoutes(in *echo.Group) {
	in.GET("/activity", h.listActivity)
}

// eventRoutes is the map of what happened everywhere, for staff.
func (h *handlers) eventRoutes(admin *echo.Group) {
	admin.GET("/events", h.listEvents)
}

// eventFilter reads the filter of a list of events. What is no id, day or kind
// can only come from a hand-made address, and counts as no filter.
func eventFilter(c echo.Context) models.EventFilter {
	f := models.EventFilter{Query: truncated(c.QueryParam("q"), 1000), ActorID: queryID(c, "person"), AccountID: queryID(c, "account"), From: queryDate(c, "from"), To: queryDate(c, "to")}
	for _, kind := range models.EventKinds {
		if c.QueryParam("kind") == string(kind) {
			f.Kind = kind
		}
	}
	return f
}

func queryID(c echo.Context, name string) string {
	if u, err := uuid.Parse(c.QueryParam(name)); err == nil {
		return u.String()
	}
	return ""
}

func queryDate(c echo.Context, name string) models.Date {
	d, _ := models.ParseDate(c.QueryParam(name)) // none where there is none
	return d
}

func (h *handlers) listActivity(c echo.Context) error {
	a := actor(c)
	page := views.EventsPage{Filter: eventFilter(c), Kinds: []models.EventKind{models.TeamEvents}, TeamOnly: !a.Can(models.ReadActivity)}
	page.Filter.AccountID = ""
	if !page.TeamOnly {
		page.Kinds = models.EventKinds[:len(models.EventKinds)-1]
	}
	if c.QueryParam("format") == "csv" {
		return h.exportEvents(c, "activity", func(ctx context.Context, fn func(models.EventRow) error) error {
			return h.store.EachActivity(ctx, a, page.Filter, fn)
		})
	}
	events, err := h.store.Activity(ctx(c), a, page.Filter, paging(c))
	if err != nil {
		return err
	}
	if page.People, err = h.store.ActivityPeople(ctx(c), a); err != nil {
		return err
	}
	return h.renderEvents(c, page, events)
}

func (h *handlers) listEvents(c echo.Context) error {
	a := actor(c)
	page := views.EventsPage{Filter: eventFilter(c), Kinds: models.EventKinds, Staff: true}
	if c.QueryParam("format") == "csv" {
		return h.exportEvents(c, "events", func(ctx context.Context, fn func(models.EventRow) error) error {
			return h.store.EachEvent(ctx, a, page.Filter, fn)
		})
	}
	events, err := h.store.Events(ctx(c), a, page.Filter, paging(c))
	if err != nil {
		return err
	}
	if page.People, err = h.store.EventPeople(ctx(c), a, page.Filter.AccountID); err != nil {
		return err
	}
	if page.Accounts, err = h.store.EventAccounts(ctx(c), a); err != nil {
		return err
	}
	return h.renderEvents(c, page, events)
}

func (h *handlers) renderEvents(c echo.Context, page views.EventsPage, events models.Page[models.EventRow]) error {
	page.Events = events.Items
	if events.Prev != "" {
		page.Newer = page.Address("before", events.Prev)
	}
	if events.Next != "" {
		page.Older = page.Address("after", events.Next)
	}
	if isPartial(c) {
		return h.render(c, 200, views.EventList(page))
	}
	return h.render(c, 200, views.Events(page))
}

func (h *handlers) exportEvents(c echo.Context, name string, each func(context.Context, func(models.EventRow) error) error) error {
	staff := actor(c).IsStaff()
	header := []string{"When (UTC)", "Action", "What happened", "Who", "Kind", "Subject", "Before", "After", "Account", "Address", "Id"}
	return writeCSV(c, name, header, func(write func(...string) error) error {
		return each(c.Request().Context(), func(e models.EventRow) error {
			return write(append(views.EventCells(e), e.AccountName, views.EventAddress(e.Event, staff), e.ID)...)
		})
	})
}

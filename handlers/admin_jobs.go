package handlers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) adminJobs(c echo.Context) error {
	f := models.JobFilter{Query: c.QueryParam("q"), State: models.JobState(c.QueryParam("state"))}
	if wantsCSV(c) {
		return h.exportJobs(c, f)
	}
	page, err := h.store.JobQueue(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminJobs(page, listNav(c, page, "q", "state")))
}

func (h *handlers) retryJob(c echo.Context) error {
	return h.settleJob(c, h.store.RetryJob, "The job runs again now.")
}

func (h *handlers) discardJob(c echo.Context) error {
	return h.settleJob(c, h.store.DiscardJob, "The job is discarded.")
}

func (h *handlers) settleJob(c echo.Context, settle func(context.Context, models.Actor, int64) (models.Job, error), done string) error {
	number, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return models.Errorf(models.NotFound, "There is no such job.")
	}
	if _, err := settle(ctx(c), actor(c), number); err != nil {
		return err
	}
	return h.see(c, paths.AdminJobs(), done)
}

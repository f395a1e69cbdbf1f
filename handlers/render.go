package handlers

import (
	"bytes"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

const compressFrom = 1 << 10 // smaller pages fit into one packet anyway

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	zippers = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(nil, 4); return z }}
)

// keptBuffer is the size up to which a buffer is used again. A statement of
// thousands of lines would hold its megabytes for good.
const keptBuffer = 256 << 10

func giveBack(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		b.Reset()
		buffers.Put(b)
	}
}

// render writes a page in the chrome of this request. It renders to a buffer
// first: a page that fails half way must become an error page.
func (h *handlers) render(c echo.Context, code int, page templ.Component) error {
	pageContext, err := h.chrome(c)
	if err != nil {
		return err
	}
	buffer, _ := buffers.Get().(*bytes.Buffer)
	defer giveBack(buffer)
	if err := page.Render(pageContext, buffer); err != nil {
		return err
	}
	return send(c, code, echo.MIMETextHTMLCharsetUTF8, buffer)
}

// send writes a whole body, compressed where that pays.
func send(c echo.Context, code int, contentType string, body *bytes.Buffer) error {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, contentType)
	header.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if body.Len() >= compressFrom && strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
		small, _ := buffers.Get().(*bytes.Buffer)
		defer giveBack(small)
		z, _ := zippers.Get().(*gzip.Writer)
		defer zippers.Put(z)
		z.Reset(small)
		if _, err := z.Write(body.Bytes()); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		header.Set(echo.HeaderContentEncoding, "gzip")
		body = small
	}
	header.Set(echo.HeaderContentLength, strconv.Itoa(body.Len()))
	c.Response().WriteHeader(code)
	_, err := c.Response().Write(body.Bytes())
	return err
}

// isPartial reports whether htmx asks for a part of a page.
func isPartial(c echo.Context) bool {
	h := c.Request().Header
	return h.Get("HX-Request") == "true" && h.Get("HX-History-Restore-Request") != "true" && h.Get("HX-Boosted") != "true"
}

package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"reselling/models"
)

// Unlogged is set in the context of a request that is counted and not logged:
// products ask day and night, and a line says nothing that the count does not.
const Unlogged = "unlogged"

// plainly answers questions that are as the reference has them without huma, which
// reads a body twice and by reflection: that takes as long as the answer. Anything
// else goes on to huma, with its body, and is told what is wrong with it.
func (a *API) plainly(answer func(context.Context, models.Actor, models.KeyQuestion) (models.KeyAnswer, error)) huma.Middlewares {
	return huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		q, ok := plainBody(c.Request())
		if !ok {
			next(ctx)
			return
		}
		actor, _ := ctx.Context().Value(actorKey{}).(models.Actor)
		said, err := a.asked(context.WithoutCancel(ctx.Context()), actor, q, answer)
		if err != nil {
			fail(ctx, err)
			return
		}
		b := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(b)
		b.Reset()
		if err := huma.DefaultJSONFormat.Marshal(b, said.Body); err != nil {
			fail(ctx, err)
			return
		}
		c.Set(Unlogged, true)
		header := c.Response().Header()
		header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
		header.Set(echo.HeaderContentLength, strconv.Itoa(b.Len()))
		c.Response().WriteHeader(http.StatusOK)
		_, _ = c.Response().Write(b.Bytes()) // the product has gone
	}}
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// mostPlain is longer than any question that is one.
const mostPlain = 4 << 10

// plainBody reads the question of a request, if it is plain. Otherwise it leaves
// the body as it was.
func plainBody(r *http.Request) (q KeyQuestion, ok bool) {
	if r.ContentLength <= 0 || r.ContentLength > mostPlain || r.Header.Get(echo.HeaderContentType) != echo.MIMEApplicationJSON || r.URL.RawQuery != "" {
		return q, false
	}
	body := make([]byte, r.ContentLength)
	n, err := io.ReadFull(r.Body, body)
	if err == nil {
		q, ok = plainQuestion(string(body))
	}
	if !ok {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body[:n]), r.Body), r.Body}
	}
	return q, ok
}

// plainQuestion reads a JSON object of the four members of a question, each once,
// within its bounds and without anything that JSON escapes.
func plainQuestion(s string) (q KeyQuestion, ok bool) {
	members := [...]struct {
		name        string
		into        *string
		least, most int
	}{{"key", &q.Key, 1, 1024}, {"product", &q.Product, 1, 128}, {"fingerprint", &q.Fingerprint, 8, 128}, {"nonce", &q.Nonce, 8, 128}}
	p := plain{s, true}
	p.skip('{')
	for i := range members {
		if i > 0 {
			p.skip(',')
		}
		name := p.text()
		p.skip(':')
		value, known := p.text(), false
		for _, m := range members {
			if m.name == name && *m.into == "" && len(value) >= m.least && len(value) <= m.most {
				*m.into, known = value, true
			}
		}
		p.ok = p.ok && known
	}
	p.skip('}')
	p.space()
	return q, p.ok && p.rest == ""
}

// plain reads JSON from its beginning as long as it is ok.
type plain struct {
	rest string
	ok   bool
}

func (p *plain) space() {
	for p.rest != "" && (p.rest[0] == ' ' || p.rest[0] == '\n' || p.rest[0] == '\r' || p.rest[0] == '\t') {
		p.rest = p.rest[1:]
	}
}

// skip goes on behind the character b.
func (p *plain) skip(b byte) {
	p.space()
	if p.ok = p.ok && p.rest != "" && p.rest[0] == b; p.ok {
		p.rest = p.rest[1:]
	}
}

// text reads a string of printable ASCII that stands for itself.
func (p *plain) text() string {
	p.skip('"')
	for i := 0; p.ok && i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			text := p.rest[:i]
			p.rest = p.rest[i+1:]
			return text
		case c < ' ' || c > '~' || c == '\\':
			p.ok = false
		}
	}
	p.ok = false
	return ""
}

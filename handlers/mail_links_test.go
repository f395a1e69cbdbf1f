package handlers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// linkIn is a link to the portal as the code makes it, with "*" for what it puts in.
type linkIn struct{ path, place string }

// linksIn are the arguments of every call of Store.URL in a folder, as far as they
// are written there: those of package paths are typed.
func linksIn(t *testing.T, folder string) (all []linkIn) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "URL" {
				if path := written(t, call.Args[0]); path != "*" && path != "" { // the portal itself
					all = append(all, linkIn{path, set.Position(call.Pos()).String()})
				}
			}
			return true
		})
	}
	return all
}

func written(t *testing.T, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return written(t, e.X) + written(t, e.Y)
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return "*"
}

// leads reports whether a route answers the path of a link.
func leads(route, link string) bool {
	link, _, _ = strings.Cut(link, "?")
	want, got := strings.Split(route, "/"), strings.Split(link, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (!strings.HasPrefix(want[i], ":") || got[i] == "") {
			return false
		}
	}
	return true
}

// Whatever the letters link to is a page of the portal.
func TestEveryLinkOfALetterIsARoute(t *testing.T) {
	routes := newSite(t).portal.Routes()
	links := append(linksIn(t, "../models"), linksIn(t, "worker")...)
	if len(links) < 30 {
		t.Errorf("only %d links are found", len(links))
	}
	for _, l := range links {
		found := false
		for _, r := range routes {
			found = found || r.Method == http.MethodGet && leads(r.Path, l.path)
		}
		// The page of a client's invoice is its document.
		if !found && l.path != "/i/*" {
			t.Errorf("%s: there is no page %s", l.place, l.path)
		}
	}
}

// Everybody who is told of a payment can open what the mail links to.
func TestLinksOfPaymentMailsOpen(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	id := newScenes(s).payment(t)
	finance := modelstest.VendorFinance
	finance.Reauthed = s.Clock.Now()
	for _, news := range []models.PaymentNews{models.PaymentReceived, models.PaymentReversed} {
		if news == models.PaymentReversed {
			_, err := s.ReversePayment(t.Context(), finance, id, "Called back")
			fine(t, err)
		}
		for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeContact, modelstest.AcmeBilling} {
			l, ok, err := s.PaymentForMail(t.Context(), models.System, models.PaymentMail{PaymentID: id, UserID: who.UserID, News: news})
			if err != nil || !ok {
				t.Fatalf("%s: %v, %v", who.Name, ok, err)
			}
			path := strings.TrimPrefix(l.Link, s.Store.URL(""))
			if p := s.as(t, who).get(path); p.status != http.StatusOK || p.path != "/statement" {
				t.Errorf("%s of a payment that was %s opens %s: %d", who.Name, news, path, p.status)
			}
		}
	}
}

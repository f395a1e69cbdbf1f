package main

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reselling/models/modelstest"
)

// goIn runs the go command in a module and returns what it prints. It has no
// deadline of its own: the first time, the module's requirements are fetched.
func goIn(t *testing.T, folder string, variables []string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir, c.Stdout, c.Stderr = folder, &out, &errs
	c.Env = append(os.Environ(), append([]string{"GOWORK=off"}, variables...)...)
	if err := c.Run(); err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, errs.String())
	}
	return out.String()
}

// A program in testdata/apiclient, a module of its own that pins oapi-codegen,
// gets its client from the OpenAPI document of the running portal.
func TestAClientByOapiCodegenIssuesATrial(t *testing.T) {
	w := modelstest.New(t)
	p := start(t, onDatabase(w.URL))

	owner := p.visit(t)
	owner.signIn(modelstest.AcmeOwner.Email, modelstest.Password)
	form := owner.get("/settings/api-tokens/new")
	made := owner.post("/settings/api-tokens", url.Values{
		"csrf": {form.token()}, "request_key": {form.Find("input[name=request_key]").AttrOr("value", "")}, "name": {"Ticket system"},
		"scopes": {"trials"}, "expires_on": {time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}, "password": {modelstest.Password},
	})
	token := made.Find("#secret").AttrOr("value", "")
	if made.status != http.StatusOK || token == "" {
		t.Fatalf("no token: %d, %s", made.status, made.body)
	}

	module := t.TempDir()
	must(t, os.CopyFS(module, os.DirFS(filepath.Join("testdata", "apiclient"))))
	must(t, os.Mkdir(filepath.Join(module, "client"), 0o700))
	document := p.visit(t).get("/api/openapi-3.0.json")
	must(t, os.WriteFile(filepath.Join(module, "openapi.json"), []byte(document.body), 0o600))
	goIn(t, module, nil, "tool", "oapi-codegen", "-generate", "types,client", "-package", "client", "-o", "client/client.go", "openapi.json")
	id := strings.TrimSpace(goIn(t, module, []string{"TOKEN=" + token, "HOST=" + strings.TrimPrefix(base, "http://")}, "run", ".", "http://"+p.address+"/api/v1", "studio-pro", "Hooli", "gavin@hooli.example"))

	v, err := w.Trial(t.Context(), modelstest.AcmeSeller, id)
	must(t, err)
	if v.Client.Company != "Hooli" || v.Client.Email != "gavin@hooli.example" || v.Product.Code != "studio-pro" || v.License.Key == "" {
		t.Errorf("%q is a trial of %s for %s, %s, with the key %q", id, v.Product.Code, v.Client.Company, v.Client.Email, v.License.Key)
	}
	if n := w.Count(t, "trials", "account_id = ?", modelstest.Acme); n != 1 {
		t.Errorf("%d trials", n)
	}
}

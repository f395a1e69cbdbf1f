package verify_test

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"reselling/docs/verify"
	"reselling/models"
	"reselling/models/licensekey"
	"reselling/models/modelstest"
)

const (
	productCode = "studio-pro"
	otherCode   = "orchestrator-saas"
	machineID   = "machine-1"
	nonce       = "nonce-1-of-a-test"
)

// document is something signed, and what a verifier is asked about it.
type document struct {
	Kind        string `json:"kind"` // key, file or answer
	Text        string `json:"text"`
	Product     string `json:"product"`
	Fingerprint string `json:"fingerprint"`
	Now         int64  `json:"now"`
	Act         string `json:"act"`
	Key         string `json:"key"`
	Nonce       string `json:"nonce"`
	how         string // the mutation
}

// world is a portal that has signed something with two keys.
type world struct {
	*modelstest.World
	genuine []document
	ring    licensekey.Keyring
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: modelstest.New(t)}
	w.Exec(t, "UPDATE plan_terms SET trials_per_month = 1000, trial_days = 100")
	w.sign(t, 6)
	if _, err := w.RotateKey(t.Context(), models.System, time.Hour); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Hour)
	w.sign(t, 6)
	var err error
	if w.ring, err = w.PublicKeys(t.Context(), modelstest.Visitor); err != nil {
		t.Fatal(err)
	}
	return w
}

// sign lets the portal sign the keys of n licences, and a file and an answer of each.
func (w *world) sign(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		id := len(w.genuine)
		issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: productCode, NewClient: models.ClientFields{
			Company: fmt.Sprint("Client ", id, i), Email: fmt.Sprintf("it@client%d-%d.example", id, i),
		}})
		if err != nil {
			t.Fatal(err)
		}
		var key string
		if err := w.DB.Raw("SELECT key FROM licenses WHERE id = ?", issued.Trial.LicenseID).Scan(&key).Error; err != nil {
			t.Fatal(err)
		}
		q := models.KeyQuestion{Key: key, Product: productCode, Fingerprint: machineID, Nonce: nonce}
		f, err := w.ProductLicenseFile(t.Context(), modelstest.Visitor, q, models.MachineEntry{})
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.ValidateKey(t.Context(), modelstest.Visitor, q)
		if err != nil || a.Code != models.CodeValid {
			t.Fatalf("%+v, %v", a, err)
		}
		all := document{Product: productCode, Fingerprint: machineID, Now: w.Clock.Now().Unix() + 60, Act: "validate", Key: key, Nonce: nonce, how: "genuine"}
		for kind, text := range map[string]string{"key": key, "file": f.Text, "answer": a.Signed} {
			d := all
			d.Kind, d.Text = kind, text
			w.genuine = append(w.genuine, d)
		}
	}
}

// accepts answers for the portal's own code: keys go through the use case that the
// API runs, files and answers through the package that signs them.
func (w *world) accepts(t *testing.T, d document) bool {
	t.Helper()
	switch d.Kind {
	case "key":
		a, err := w.ValidateKey(t.Context(), modelstest.Visitor, models.KeyQuestion{Key: d.Text, Product: d.Product, Fingerprint: machineID, Nonce: nonce})
		if _, shown := models.Shown(err); err != nil && !shown {
			t.Fatalf("%s: %v", d.how, err)
		}
		_, verified := w.ring.Verify(d.Text, d.Product)
		return err == nil && a.Code == models.CodeValid || verified == nil
	case "file":
		_, err := w.ring.VerifyFile(d.Text, d.Product, d.Fingerprint, time.Unix(d.Now, 0))
		return err == nil
	}
	a, err := w.ring.VerifyAnswer(d.Text)
	return err == nil && a.Act == d.Act && a.KeyHash == licensekey.HashKey(d.Key) && a.Product == d.Product && a.Fingerprint == d.Fingerprint && a.Nonce == d.Nonce
}

// goAccepts is the verifier in Go.
func goAccepts(keys verify.Keys, d document) bool {
	var err error
	switch d.Kind {
	case "key":
		_, err = keys.Key(d.Text, d.Product)
	case "file":
		_, err = keys.File(d.Text, d.Product, d.Fingerprint, time.Unix(d.Now, 0))
	default:
		_, err = keys.Answer(d.Text, d.Act, d.Key, d.Product, d.Fingerprint, d.Nonce)
	}
	return err == nil
}

// batch asks a verifier in another language about all documents at once.
func batch(t *testing.T, ring licensekey.Keyring, all []document, command string, args ...string) []bool {
	t.Helper()
	var in bytes.Buffer
	in.Write(ring.JWKS())
	in.WriteByte('\n')
	encoder := json.NewEncoder(&in)
	for _, d := range all {
		if err := encoder.Encode(d); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), command, args...)
	c.Stdin, c.Stderr = &in, os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	var answers []bool
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if lines.Text() != "yes" && lines.Text() != "no" {
			t.Fatalf("%s says %q", command, lines.Text())
		}
		answers = append(answers, lines.Text() == "yes")
	}
	if len(answers) != len(all) {
		t.Fatalf("%s answers %d of %d", command, len(answers), len(all))
	}
	return answers
}

// verdicts asks everybody about all documents.
func (w *world) verdicts(t *testing.T, all []document) map[string][]bool {
	t.Helper()
	install(t, "python3", "python3")
	if exec.CommandContext(t.Context(), "python3", "-c", "import cryptography").Run() != nil {
		install(t, "", "python3-cryptography")
	}
	install(t, "node", "nodejs")
	said := map[string][]bool{
		"python": batch(t, w.ring, all, "python3", "testdata/batch.py"),
		"node":   batch(t, w.ring, all, "node", "testdata/batch.mjs"),
	}
	keys := verify.Keys{}
	for kid, key := range w.ring {
		keys[kid] = key
	}
	for _, d := range all {
		said["portal"] = append(said["portal"], w.accepts(t, d))
		said["go"] = append(said["go"], goAccepts(keys, d))
	}
	return said
}

func install(t *testing.T, command, pack string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "../../.ci/install", command, pack).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", pack, err, out)
	}
}

// Everybody accepts what the portal signed, with the old key and with the new one.
func TestGenuine(t *testing.T) {
	w := newWorld(t)
	for who, said := range w.verdicts(t, w.genuine) {
		for i, yes := range said {
			if !yes {
				t.Errorf("%s refuses a genuine %s: %s", who, w.genuine[i].Kind, w.genuine[i].Text)
			}
		}
	}
}

// Nobody accepts any of 100,000 mutated keys and files, and as many answers as come with them.
func TestMutants(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 2_000
	}
	w := newWorld(t)
	all := mutants(w, n)
	kinds, ways := map[string]int{}, map[string]int{}
	for _, d := range all {
		kinds[d.Kind]++
		ways[d.how]++
	}
	if got := kinds["key"] + kinds["file"]; got < n {
		t.Fatalf("only %d keys and files of %d", got, n)
	}
	t.Logf("%d keys, %d files, %d answers, in %d ways", kinds["key"], kinds["file"], kinds["answer"], len(ways))
	if !testing.Short() {
		for _, m := range mutations {
			if ways[m.how] == 0 {
				t.Errorf("nothing was mutated by %q", m.how)
			}
		}
	}
	accepted := 0
	for who, said := range w.verdicts(t, all) {
		for i, yes := range said {
			if yes {
				accepted++
				if accepted < 20 {
					t.Errorf("%s accepts a %s mutated by %q: %q", who, all[i].Kind, all[i].how, all[i].Text)
				}
			}
		}
	}
	if accepted > 0 {
		t.Errorf("%d were accepted", accepted)
	}
}

// OpenSSL, which knows nothing of us, verifies the signatures of a key, a file and an answer.
func TestOpenSSL(t *testing.T) {
	install(t, "openssl", "openssl")
	w := newWorld(t)
	for _, d := range []document{w.genuine[0], w.genuine[1], w.genuine[2], w.genuine[len(w.genuine)-1]} {
		token := d.Text
		if d.Kind == "file" {
			token = strings.Split(token, "\n")[1]
		}
		part := strings.Split(token, ".")
		header, err := base64.RawURLEncoding.DecodeString(part[0])
		if err != nil {
			t.Fatal(err)
		}
		var h struct{ Kid string }
		if err := json.Unmarshal(header, &h); err != nil {
			t.Fatal(err)
		}
		signature, err := base64.RawURLEncoding.DecodeString(part[2])
		if err != nil {
			t.Fatal(err)
		}
		signed := []byte(part[0] + "." + part[1])
		if !opensslVerifies(t, w.ring[h.Kid], signed, signature) {
			t.Errorf("openssl refuses a genuine %s", d.Kind)
		}
		if opensslVerifies(t, w.ring[h.Kid], slices.Concat(signed, []byte("A")), signature) {
			t.Errorf("openssl accepts another %s", d.Kind)
		}
	}
}

func opensslVerifies(t *testing.T, key ed25519.PublicKey, signed, signature []byte) bool {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	c := exec.CommandContext(t.Context(), "openssl", "pkeyutl", "-verify", "-rawin", "-pubin",
		"-inkey", write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"-in", write("signed", signed), "-sigfile", write("signature", signature))
	out, err := c.CombinedOutput()
	if err != nil && c.ProcessState.ExitCode() != 1 {
		t.Fatalf("openssl: %v: %s", err, out)
	}
	return err == nil
}

// The verifiers are short enough to be read before they are copied.
func TestShort(t *testing.T) {
	for _, name := range []string{"verify.go", "verify.py", "verify.mjs"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		comment := false
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			quotes := strings.Count(line, `"""`)
			if line != "" && !strings.HasPrefix(line, "//") && !comment && quotes == 0 {
				lines++
			}
			comment = comment != (quotes%2 == 1)
		}
		if lines > 60 {
			t.Errorf("%s has %d lines", name, lines)
		}
	}
}

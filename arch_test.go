package reselling_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "reselling/"

// may lists what each package imports of ours. "views" is the package alone,
// "views/..." all below it too. A package that is missing here fails the test.
var may = map[string][]string{
	"cmd/bench":         {"models/sqliteplan"},
	"cmd/reselling":     {"handlers", "handlers/api", "handlers/worker", "views", "views/...", "models", "models/money", "models/licensekey", "static"},
	"docs/verify":       {},
	"handlers":          {"handlers/api", "models", "models/bankcsv", "models/licensekey", "models/money", "views", "views/paths", "views/pdf", "static"},
	"handlers/api":      {"models", "models/licensekey", "models/money"},
	"handlers/worker":   {"models", "views/mail", "views/pdf", "views/paths"},
	"views":             {"models", "models/bankcsv", "models/money", "views/paths", "views/chart", "static"},
	"views/mail":        {"models", "models/money", "views/paths"},
	"views/pdf":         {"models", "models/money"},
	"views/chart":       {"models", "models/money"},
	"views/paths":       {},
	"models":            {"models/bankcsv", "models/money", "models/licensekey", "models/sqliteplan"},
	"models/bankcsv":    {"models/money"},
	"models/money":      {},
	"models/licensekey": {},
	"models/sqliteplan": {},
	"models/modelstest": {"models"},
	"static":            {},
	"e2e":               {},
}

// never lists what packages must not import of others.
var never = map[string][]string{
	"handlers":        {"gorm.io/"},
	"handlers/api":    {"gorm.io/", "github.com/a-h/templ"},
	"handlers/worker": {"gorm.io/", "github.com/labstack/echo"},
	"views":           {"gorm.io/", "github.com/labstack/echo", "net/http"},
	"views/mail":      {"gorm.io/", "github.com/labstack/echo", "net/http"},
	"views/pdf":       {"gorm.io/", "github.com/labstack/echo", "net/http"},
	"views/chart":     {"gorm.io/", "github.com/labstack/echo", "net/http"},
	"views/paths":     {"gorm.io/", "github.com/labstack/echo", "net/http"},
	"models":          {"github.com/labstack/echo", "github.com/a-h/templ", "net/http"},
}

// TestArrows keeps the imports pointing one way: cmd → handlers → views → models.
func TestArrows(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags", "e2e", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		name, ours := strings.CutPrefix(words[0], module)
		if !ours {
			continue // this test's own package
		}
		seen++
		allowed, known := may[name]
		if !known {
			t.Errorf("package %s is not in the table: say what it may import", name)
		}
		for _, imported := range words[1:] {
			if to, ours := strings.CutPrefix(imported, module); ours && !matches(allowed, to) {
				t.Errorf("%s must not import %s", name, to)
			}
			for _, bad := range never[name] {
				if strings.HasPrefix(imported, bad) {
					t.Errorf("%s must not import %s", name, imported)
				}
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d packages were looked at", seen)
	}
}

func matches(allowed []string, name string) bool {
	for _, a := range allowed {
		if below, ok := strings.CutSuffix(a, "..."); name == a || ok && strings.HasPrefix(name, below) {
			return true
		}
	}
	return false
}

// TestOnlyMainKnowsTheWorld: the clock, the environment and the end of the
// program belong to cmd/reselling alone.
func TestOnlyMainKnowsTheWorld(t *testing.T) {
	forbidden := map[string]bool{"os.Getenv": true, "os.LookupEnv": true, "os.Exit": true, "time.Now": true, "time.Since": true, "time.Until": true, "log.Fatal": true}
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "node_modules" || path == "cmd" || path == "models/modelstest" || path == "e2e"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && forbidden[x.Name+"."+s.Sel.Name] {
					t.Errorf("%s: %s.%s belongs to cmd/reselling", set.Position(s.Pos()), x.Name, s.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Errorf("only %d files were looked at", files)
	}
}

package models

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLoadZone(t *testing.T) {
	for _, name := range []string{"Europe/Madrid", "America/Argentina/Buenos_Aires", "UTC", "Asia/Calcutta", "Etc/GMT+5", "Europe/Kiev"} {
		loc, err := LoadZone(name)
		if err != nil || loc.String() != name {
			t.Errorf("LoadZone(%q) = %v, %v", name, loc, err)
		}
		if again, err := LoadZone(name); err != nil || again != loc {
			t.Errorf("LoadZone(%q) again = %p, %v; want %p", name, again, err, loc)
		}
	}
	for _, name := range []string{
		"", "Local", "local", "localtime", "utc", "europe/madrid", "Europe", "Europe/", "Europe/Madrid ", "/Europe/Madrid", "Europe/Atlantis",
		"Factory", "posix/Europe/Madrid", "right/Europe/Madrid", "posixrules", "../../etc/passwd", "/etc/localtime", `Europe\Madrid`,
		"# Accepted, not offered: older names and fixed offsets.", "Europe/Madrid\n", strings.Repeat("x", 10000),
	} {
		if loc, err := LoadZone(name); err == nil {
			t.Errorf("LoadZone(%q) = %v", name, loc)
		} else if len(err.Error()) > 200 {
			t.Errorf("LoadZone(%.20q…) answers with %d bytes", name, len(err.Error()))
		}
	}
}

func TestZones(t *testing.T) {
	zones := Zones()
	if len(zones) != 419 || !slices.IsSorted(zones) || len(slices.Compact(slices.Clone(zones))) != len(zones) {
		t.Fatalf("%d zones, sorted: %v", len(zones), slices.IsSorted(zones))
	}
	for _, name := range []string{"Africa/Abidjan", "Europe/Madrid", "Europe/Stockholm", "America/St_Johns", "Europe/Kyiv", "UTC", "Pacific/Wallis"} {
		if !slices.Contains(zones, name) {
			t.Errorf("%s is not offered", name)
		}
	}
	for _, name := range []string{"", "Europe/Kiev", "US/Eastern", "Etc/GMT+5", "EST"} {
		if slices.Contains(zones, name) {
			t.Errorf("%q is offered", name)
		}
	}
	zones[0] = "changed"
	if Zones()[0] != "Africa/Abidjan" {
		t.Error("a caller can change what is offered")
	}
}

// TestZonesFile compares lists/zones.txt with the database that the binary carries: a
// name that a new release of Go brings is to be added there.
func TestZonesFile(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var want []string
	for _, f := range file.File {
		if !strings.HasSuffix(f.Name, "/") && f.Name != "Factory" {
			want = append(want, f.Name)
		}
	}
	slices.Sort(want)
	for _, name := range want {
		if !slices.Contains(zoneNames.known, name) {
			t.Errorf("lists/zones.txt lacks %s", name)
		}
	}
	for _, name := range zoneNames.known {
		if !slices.Contains(want, name) {
			t.Errorf("lists/zones.txt has %q, which the tz database has not", name)
		}
		if _, err := LoadZone(name); err != nil {
			t.Error(err)
		}
	}
}

func TestZoneCity(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Madrid":                    "Madrid",
		"America/New_York":                 "New York",
		"America/Argentina/Buenos_Aires":   "Buenos Aires",
		"America/North_Dakota/New_Salem":   "New Salem",
		"America/Port-au-Prince":           "Port-au-Prince",
		"UTC":                              "UTC",
		time.UTC.String():                  "UTC",
		"":                                 "",
		"Etc/":                             "",
		"America/Argentina/ComodRivadavia": "ComodRivadavia",
	} {
		if got := ZoneCity(name); got != want {
			t.Errorf("ZoneCity(%q) = %q, want %q", name, got, want)
		}
	}
}

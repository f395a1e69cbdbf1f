package models

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the binary runs where no zoneinfo is installed
)

// Zones are the names of the time zones offered in forms, sorted: one for each
// part of each country whose clocks have differed since 1970, and UTC.
func Zones() []string { return slices.Clone(zoneNames.offered) }

// LoadZone returns the zone of an IANA name, older names among them. It refuses
// every other name, "" and "Local" too, which time.LoadLocation takes for the
// machine's own zone.
func LoadZone(name string) (*time.Location, error) {
	if loc, ok := loadedZones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	if _, known := slices.BinarySearch(zoneNames.known, name); !known {
		return nil, fmt.Errorf("unknown time zone %.60q", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	loadedZones.Store(name, loc)
	return loc, nil
}

// ZoneCity is the last part of a zone's name as people write it: "Madrid" of
// "Europe/Madrid", "Buenos Aires" of "America/Argentina/Buenos_Aires".
func ZoneCity(name string) string {
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
}

// Requests load zones all the time; reading one from disk takes longer than a query.
var loadedZones sync.Map // name → *time.Location

//go:embed lists/zones.txt
var zonesFile string

var zoneNames = readZones(zonesFile)

type zoneList struct{ offered, known []string }

// readZones reads the two sections of lists/zones.txt, each below a line that begins with #.
func readZones(file string) zoneList {
	sections := strings.Split(file, "#")[1:]
	var z zoneList
	for i, section := range sections {
		names := strings.Split(strings.TrimSpace(section), "\n")[1:]
		z.known = append(z.known, names...)
		if i == 0 {
			z.offered = slices.Clone(names)
		}
	}
	slices.Sort(z.offered)
	slices.Sort(z.known)
	return z
}

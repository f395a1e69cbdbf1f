package models

import "time"

// demoMachines are what the clients of the demo set a product up on, in this order.
var demoMachines = []struct {
	fingerprint string
	entry       MachineEntry
}{
	{"7f3a9c1e5b20d846", MachineEntry{Name: "FRONT-DESK-01", Platform: "Windows 11", Version: "24.3.1"}},
	{"c41d70be92fa6358", MachineEntry{Name: "ACCOUNTS-PC", Platform: "Windows 11", Version: "24.3.1"}},
	{"0be85d2fa7c91634", MachineEntry{Name: "robot-runner-a", Platform: "Ubuntu 24.04", Version: "24.3.0"}},
	{"9d26e4f01c7ab583", MachineEntry{Platform: "Windows Server 2022", Version: "24.2.7"}}, // gives no name
	{"5ac8137d0fe2b964", MachineEntry{Name: "WAREHOUSE-02", Platform: "Windows 10", Version: "24.2.7"}},
}

// machines activates a licence that was just sold on machines of the client, day
// by day: one seat stays free, and the second machine is replaced later.
func (s demoSale) machines(d demo, l License, p Product) {
	most := min(l.Seats-1, len(demoMachines))
	for n, m := range demoMachines[:max(most, 0)] {
		q := KeyQuestion{Key: l.Key, Product: p.Code, Fingerprint: m.fingerprint + l.ID[:8]}
		d.after(1+n, func(d demo) error {
			k, err := d.activateMachine(d.ctx, Actor{}, q, m.entry)
			if err == nil && k.activation.Valid && n == 1 && most > 2 {
				d.after(12, func(d demo) error { return d.replaceMachine(k.activation.String, l.Seats) })
			}
			return err
		})
	}
}

func (d demo) replaceMachine(id string, seats int) error {
	a, err := rowsOf[Activation](d.DB).Where("id = ?", id).Take(d.ctx)
	if err != nil {
		return err
	}
	return d.deactivateMachine(d.ctx, Actor{}, a, seats)
}

// machinesSeen lets the machines of licences that hold have been in use of late.
func (d demo) machinesSeen() error {
	live, err := rowsOf[Activation](d.DB).Where("deactivated_at IS NULL AND license_id IN (SELECT id FROM licenses WHERE ends_at > ?)", d.now).Find(d.ctx)
	if err != nil {
		return err
	}
	for _, a := range live {
		seen := d.now.Add(-time.Duration(a.Place*a.Place*7) * time.Hour)
		if !seen.After(a.LastSeenAt) {
			continue
		}
		if _, err := rowsOf[Activation](d.DB).Where("id = ?", a.ID).Update(d.ctx, "last_seen_at", seen); err != nil {
			return err
		}
	}
	return nil
}

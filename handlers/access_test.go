package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"reselling/handlers/api"
	"reselling/models"
	"reselling/models/modelstest"
)

// The columns of DOMAIN's table of who may do what. Staff have a table of their
// own; a visitor is nobody who has signed in.
const (
	people        = "owner admin member contact seller billing viewer"
	teamManagers  = "owner admin"
	theOwner      = "owner"
	readers       = "owner seller billing viewer"
	sellers       = "owner seller"
	payers        = "owner contact billing"
	billers       = "owner seller billing"
	moneyReaders  = "owner contact billing viewer"
	financeStaff  = "administrator finance"
	staff         = "administrator success finance support"
	accountStaff  = "administrator success"
	administrator = "administrator"
	visitors      = "visitor"
	signedIn      = people + " " + staff
	everybody     = signedIn + " " + visitors
)

// door is one route and who may go through it. Everybody else gets 403, or
// what otherwise says.
type door struct {
	may       string
	otherwise int
	form      url.Values // what is posted besides the form token
}

// ownAccount stands in a form for the account of whoever posts it.
const ownAccount = "own account"

var paymentForm = url.Values{"account_id": {modelstest.Acme}, "amount": {"1"}, "method": {"bank_transfer"}, "reference": {"R-1"}, "received_on": {"2026-03-01"}}

// doors is the whole of the portal. A route that is not here fails the test.
var doors = map[string]door{
	"GET /healthz":                       {may: everybody},
	"GET /readyz":                        {may: everybody},
	"GET /.well-known/jwks.json":         {may: everybody},
	"GET /.well-known/security.txt":      {may: everybody},
	"GET /static/*":                      {may: everybody},
	"GET /api/openapi.json":              {may: everybody},
	"GET /api/openapi-3.0.json":          {may: everybody},
	"GET /api/docs":                      {may: everybody},
	"GET /login":                         {may: everybody},
	"POST /login":                        {may: everybody},
	"POST /logout":                       {may: everybody},
	"GET /password/forgot":               {may: everybody},
	"POST /password/forgot":              {may: everybody},
	"GET /password/reset/:token":         {may: everybody},
	"POST /password/reset/:token":        {may: everybody},
	"GET /invitations/:token":            {may: everybody},
	"POST /invitations/:token":           {may: visitors}, // it is for an address that nobody here has
	"GET /l/:token":                      {may: everybody},
	"POST /l/:token/interest":            {may: everybody},
	"GET /":                              {may: signedIn},
	"GET /help":                          {may: signedIn},
	"GET /me":                            {may: signedIn},
	"POST /me":                           {may: signedIn},
	"POST /me/account":                   {may: people, form: url.Values{"account_id": {ownAccount}}},
	"GET /me/email":                      {may: signedIn},
	"POST /me/email":                     {may: signedIn},
	"POST /me/email/cancellation":        {may: signedIn},
	"GET /me/email/:token":               {may: signedIn},
	"POST /me/email/:token":              {may: signedIn},
	"GET /me/password":                   {may: signedIn},
	"POST /me/password":                  {may: signedIn},
	"GET /me/security":                   {may: signedIn},
	"GET /me/notifications":              {may: signedIn},
	"POST /me/notifications":             {may: signedIn, form: url.Values{"notice": {"trial_ended"}}},
	"POST /me/sessions/ending":           {may: signedIn},
	"POST /me/sessions/:id/ending":       {may: signedIn},
	"GET /me/reauthentication":           {may: signedIn},
	"POST /me/reauthentication":          {may: signedIn},
	"GET /activity":                      {may: teamManagers},
	"GET /team":                          {may: people},
	"GET /team/users":                    {may: people},
	"GET /team/users/:id":                {may: people},
	"POST /team/users/:id/role":          {may: teamManagers, form: url.Values{"role": {"billing_contact"}}},
	"GET /team/users/:id/removal":        {may: teamManagers},
	"POST /team/users/:id/removal":       {may: teamManagers},
	"GET /team/invitations":              {may: teamManagers},
	"GET /team/invitations/new":          {may: teamManagers},
	"POST /team/invitations":             {may: teamManagers},
	"GET /team/reselling":                {may: theOwner},
	"GET /team/reselling/new":            {may: theOwner},
	"POST /team/reselling":               {may: theOwner},
	"GET /team/ownership-offers":         {may: theOwner},
	"POST /team/ownership-offers":        {may: theOwner},
	"GET /clients":                       {may: readers},
	"POST /clients":                      {may: sellers},
	"GET /clients/new":                   {may: sellers},
	"GET /clients/:id":                   {may: readers},
	"POST /clients/:id":                  {may: sellers},
	"GET /clients/:id/edit":              {may: sellers},
	"POST /clients/:id/archival":         {may: sellers},
	"POST /clients/:id/restoration":      {may: sellers},
	"GET /trials":                        {may: readers},
	"POST /trials":                       {may: sellers},
	"GET /trials/new":                    {may: sellers},
	"POST /trials/new":                   {may: sellers},
	"GET /trials/:id":                    {may: readers},
	"POST /trials/:id/revocation":        {may: sellers, form: url.Values{"reason": {"A test"}}},
	"POST /trials/:id/address":           {may: sellers, form: url.Values{"email": {"right@address.example"}}},
	"POST /trials/:id/resending":         {may: sellers},
	"GET /trials/requests":               {may: readers},
	"POST /trials/requests":              {may: sellers, form: url.Values{"kind": {"extra"}, "reason": {"A test"}}},
	"GET /trials/requests/new":           {may: sellers},
	"GET /trials/requests/:id":           {may: readers},
	"GET /orders":                        {may: readers},
	"POST /orders":                       {may: sellers},
	"GET /orders/new":                    {may: sellers},
	"POST /orders/new":                   {may: sellers},
	"GET /orders/:id":                    {may: readers},
	"POST /orders/:id/cancellation":      {may: sellers},
	"POST /orders/:id/placement":         {may: sellers, form: url.Values{"version": {"2"}}},
	"GET /statement":                     {may: moneyReaders},
	"GET /agreement":                     {may: readers},
	"POST /agreement":                    {may: theOwner},
	"GET /agreement/:id/pdf":             {may: readers},
	"GET /invoices":                      {may: moneyReaders},
	"GET /invoices/credit-notes":         {may: moneyReaders},
	"GET /invoices/credit-notes/:id/pdf": {may: moneyReaders},
	"GET /invoices/:id":                  {may: moneyReaders},
	"GET /invoices/:id/pdf":              {may: moneyReaders},
	"POST /invoices/:id/claim":           {may: payers},
	"GET /licenses":                      {may: readers},

	"GET /client-invoices":                     {may: readers},
	"POST /client-invoices":                    {may: billers},
	"GET /client-invoices/new":                 {may: billers},
	"POST /client-invoices/new":                {may: billers},
	"GET /client-invoices/:id":                 {may: readers},
	"GET /client-invoices/:id/pdf":             {may: readers},
	"GET /client-invoices/:id/credit-note/pdf": {may: readers},
	"POST /client-invoices/:id/payment":        {may: billers, form: url.Values{"version": {"1"}, "paid_on": {"2026-03-01"}}},
	"POST /client-invoices/:id/reopening":      {may: billers, form: url.Values{"version": {"1"}}},
	"POST /client-invoices/:id/credit-note":    {may: billers, form: url.Values{"version": {"1"}, "reason": {"A test"}}},
	"POST /client-invoices/:id/sending":        {may: billers, form: url.Values{"version": {"1"}}},
	"POST /client-invoices/:id/link":           {may: billers, form: url.Values{"version": {"1"}}},
	"GET /i/:token/pdf":                        {may: everybody},
	"GET /i/:token/credit-note":                {may: everybody},
	"GET /orders/:id/proposal/pdf":             {may: sellers},
	"GET /ledger":                              {may: "owner billing viewer"},
	"GET /settings/branding":                   {may: theOwner},
	"POST /settings/branding":                  {may: theOwner},
	"GET /settings/branding/logo":              {may: theOwner},
	"POST /settings/branding/logo":             {may: theOwner, form: url.Values{"version": {"0"}}},
	"POST /settings/branding/logo-removal":     {may: theOwner, form: url.Values{"version": {"0"}}},
	"GET /settings/branding/pdf":               {may: theOwner},

	"GET /settings/webhooks":                                     {may: theOwner},
	"POST /settings/webhooks":                                    {may: theOwner},
	"GET /settings/webhooks/new":                                 {may: theOwner},
	"GET /settings/webhooks/events":                              {may: theOwner},
	"GET /settings/webhooks/:id":                                 {may: theOwner},
	"GET /settings/webhooks/:id/edit":                            {may: theOwner},
	"POST /settings/webhooks/:id/edit":                           {may: theOwner},
	"GET /settings/webhooks/:id/secret":                          {may: theOwner},
	"POST /settings/webhooks/:id/rotation":                       {may: theOwner},
	"POST /settings/webhooks/:id/rotation-end":                   {may: theOwner},
	"POST /settings/webhooks/:id/tests":                          {may: theOwner},
	"POST /settings/webhooks/:id/enabling":                       {may: theOwner},
	"POST /settings/webhooks/:id/disabling":                      {may: theOwner},
	"POST /settings/webhooks/:id/deletion":                       {may: theOwner},
	"GET /settings/webhooks/:id/deliveries/:delivery":            {may: theOwner},
	"POST /settings/webhooks/:id/deliveries/:delivery/resending": {may: theOwner},
	"GET /admin/webhooks":                                        {may: administrator},
	"POST /admin/webhooks":                                       {may: administrator},
	"GET /admin/webhooks/new":                                    {may: administrator},
	"GET /admin/webhooks/events":                                 {may: administrator},
	"GET /admin/webhooks/:id":                                    {may: administrator},
	"GET /admin/webhooks/:id/edit":                               {may: administrator},
	"POST /admin/webhooks/:id/edit":                              {may: administrator},
	"GET /admin/webhooks/:id/secret":                             {may: administrator},
	"POST /admin/webhooks/:id/rotation":                          {may: administrator},
	"POST /admin/webhooks/:id/rotation-end":                      {may: administrator},
	"POST /admin/webhooks/:id/tests":                             {may: administrator},
	"POST /admin/webhooks/:id/enabling":                          {may: administrator},
	"POST /admin/webhooks/:id/disabling":                         {may: administrator},
	"POST /admin/webhooks/:id/deletion":                          {may: administrator},
	"GET /admin/webhooks/:id/deliveries/:delivery":               {may: administrator},
	"POST /admin/webhooks/:id/deliveries/:delivery/resending":    {may: administrator},

	"GET /licenses/:id": {may: readers},

	"GET /settings/api-tokens":                 {may: theOwner},
	"POST /settings/api-tokens":                {may: theOwner, form: url.Values{"name": {"A test"}, "scopes": {"read"}, "expires_on": {"2026-12-31"}}},
	"GET /settings/api-tokens/new":             {may: theOwner},
	"POST /settings/api-tokens/:id/revocation": {may: theOwner},
	"GET /admin/api-tokens":                    {may: administrator},
	"POST /admin/api-tokens":                   {may: administrator, form: url.Values{"name": {"A test"}, "scopes": {"read"}, "expires_on": {"2026-12-31"}}},
	"GET /admin/api-tokens/new":                {may: administrator},
	"POST /admin/api-tokens/:id/revocation":    {may: administrator},

	"POST /team/invitations/:id/resending":  {may: teamManagers},
	"POST /team/invitations/:id/revocation": {may: teamManagers},
	"GET /team/reselling/:id/role":          {may: theOwner},
	"GET /team/reselling/:id/removal":       {may: theOwner},
	"GET /clients/:id/merging":              {may: sellers},
	"POST /clients/:id/merging":             {may: sellers},
	"POST /clients/:id/responsibility":      {may: sellers, form: url.Values{"responsible": {modelstest.AcmeOwner.UserID}}},
	"POST /team/reselling/:id/role":         {may: theOwner, form: url.Values{"reselling_role": {"viewer"}}},
	"POST /team/reselling/:id/removal":      {may: theOwner},
	"GET /team/ownership-offers/new":        {may: theOwner},
	// The offer is between the Owner and Mia, the member. To others of the account there is none.
	"GET /team/ownership-offers/:id":             {may: "owner member", otherwise: http.StatusNotFound},
	"POST /team/ownership-offers/:id/acceptance": {may: "member", otherwise: http.StatusNotFound},
	"POST /team/ownership-offers/:id/refusal":    {may: "member", otherwise: http.StatusNotFound},
	"POST /team/ownership-offers/:id/withdrawal": {may: theOwner},
	"POST /trials/requests/:id/withdrawal":       {may: sellers},
	"POST /licenses/:id/page-renewal":            {may: sellers},
	"POST /licenses/:id/page-revocation":         {may: sellers},
	"POST /licenses/:id/file":                    {may: sellers, form: url.Values{"fingerprint": {"a-machine"}}},
	"POST /l/:token/file":                        {may: everybody, form: url.Values{"fingerprint": {"a-machine"}}},

	"POST /licenses/:id/machines/:machine/deactivation": {may: sellers},

	"GET /admin/licenses":                                     {may: staff},
	"GET /admin/licenses/:id":                                 {may: staff},
	"POST /admin/licenses/:id/revocation":                     {may: accountStaff, form: url.Values{"reason": {"A test"}}},
	"POST /admin/licenses/:id/suspension":                     {may: accountStaff, form: url.Values{"reason": {"A test"}}},
	"POST /admin/licenses/:id/resumption":                     {may: accountStaff, form: url.Values{"reason": {"A test"}}},
	"POST /admin/licenses/:id/deactivations-reset":            {may: accountStaff, form: url.Values{"reason": {"A test"}}},
	"POST /admin/licenses/:id/machines/:machine/deactivation": {may: accountStaff},

	"GET /admin":                                             {may: staff},
	"GET /admin/events":                                      {may: staff},
	"GET /admin/trials":                                      {may: staff},
	"GET /admin/accounts":                                    {may: staff},
	"POST /admin/accounts":                                   {may: accountStaff},
	"GET /admin/accounts/new":                                {may: accountStaff},
	"GET /admin/accounts/:id":                                {may: staff},
	"GET /admin/accounts/:id/edit":                           {may: accountStaff},
	"POST /admin/accounts/:id/edit":                          {may: accountStaff},
	"GET /admin/accounts/:id/plan":                           {may: accountStaff},
	"POST /admin/accounts/:id/plan":                          {may: accountStaff, form: url.Values{"plan": {"gold"}}},
	"GET /admin/accounts/:id/suspension":                     {may: accountStaff},
	"POST /admin/accounts/:id/suspension":                    {may: accountStaff, form: url.Values{"reason": {"A test"}}},
	"GET /admin/accounts/:id/resumption":                     {may: accountStaff},
	"POST /admin/accounts/:id/resumption":                    {may: accountStaff, form: url.Values{"reason": {"A test"}}},
	"GET /admin/trials/:id/allowance":                        {may: accountStaff},
	"POST /admin/trials/:id/allowance":                       {may: accountStaff},
	"GET /admin/accounts/:id/owner":                          {may: accountStaff},
	"POST /admin/accounts/:id/owner":                         {may: accountStaff},
	"POST /admin/accounts/:id/owner/:replacement/withdrawal": {may: accountStaff},
	"POST /admin/accounts/:id/owner-invitation":              {may: accountStaff, form: url.Values{"email": {"boss@fresh.example"}}},
	"POST /admin/accounts/:id/owner-invitation/resending":    {may: accountStaff},
	"POST /admin/accounts/:id/trial-grants":                  {may: accountStaff, form: url.Values{"number": {"1"}, "month": {"2026-03"}, "reason": {"A test"}}},
	"GET /admin/conflicts":                                   {may: staff},
	"GET /admin/conflicts/:id":                               {may: staff},
	"POST /admin/conflicts/:id/settlement":                   {may: accountStaff, form: url.Values{"note": {"A test"}}},
	"GET /admin/requests":                                    {may: staff},
	"GET /admin/requests/:id":                                {may: staff},
	"POST /admin/requests/:id/decision":                      {may: accountStaff, form: url.Values{"decision": {"grant"}, "days": {"3"}, "answer": {"A test"}}},
	"GET /admin/staff":                                       {may: staff},
	"POST /admin/staff/invitations":                          {may: administrator},
	"POST /admin/staff/invitations/:id/resending":            {may: administrator},
	"POST /admin/staff/invitations/:id/revocation":           {may: administrator},
	"POST /admin/staff/:id/role":                             {may: administrator, form: url.Values{"role": {"finance"}}},
	"POST /admin/staff/:id/removal":                          {may: administrator},
	"GET /admin/plans":                                       {may: staff},
	"GET /admin/plans/:id":                                   {may: staff},
	"POST /admin/plans/:id/terms":                            {may: administrator},
	"POST /admin/plans/:id/terms/draft":                      {may: administrator, form: url.Values{"holds_from": {"2027-01-01"}, "trial_days": {"7"}, "trials_per_month": {"2"}, "percentage": {"10"}}},
	"POST /admin/plans/:id/terms/:terms/withdrawal":          {may: administrator},
	"GET /admin/products":                                    {may: staff},
	"POST /admin/products":                                   {may: administrator},
	"GET /admin/products/new":                                {may: administrator},
	"GET /admin/products/:id":                                {may: staff},
	"POST /admin/products/:id":                               {may: administrator},
	"POST /admin/products/:id/archival":                      {may: administrator},
	"POST /admin/products/:id/restoration":                   {may: administrator},
	"GET /admin/orders":                                      {may: staff},
	"GET /admin/orders/:id":                                  {may: staff},
	"POST /admin/orders/:id/quote":                           {may: accountStaff, form: url.Values{"unit_price": {"100"}, "valid_until": {"2026-06-30"}, "version": {"1"}}},
	"POST /admin/orders/:id/refusal":                         {may: accountStaff, form: url.Values{"reason": {"A test"}}},
	"GET /admin/annexes":                                     {may: staff},
	"GET /admin/annexes/text":                                {may: staff},
	"POST /admin/annexes/text":                               {may: accountStaff},
	"GET /admin/annexes/:id":                                 {may: staff},
	"GET /admin/annexes/:id/pdf":                             {may: staff},
	"POST /admin/annexes/:id/countersignature":               {may: accountStaff},
	"POST /admin/annexes/:id/refusal":                        {may: accountStaff, form: url.Values{"reason": {"A test"}}},
	"GET /admin/invoices":                                    {may: staff},
	"GET /admin/invoices/credit-notes":                       {may: staff},
	"GET /admin/invoices/credit-notes/:id/pdf":               {may: staff},
	"GET /admin/invoices/overdue":                            {may: staff},
	"GET /admin/invoices/:id":                                {may: staff},
	"GET /admin/invoices/:id/pdf":                            {may: staff},
	"POST /admin/invoices/:id/payments":                      {may: financeStaff, form: paymentForm},
	"GET /admin/accounts/:id/statement":                      {may: staff},
	"POST /admin/invoices/:id/credit-note":                   {may: financeStaff, form: url.Values{"credit_reason": {"A test"}}},
	"POST /admin/invoices/:id/credit-note/approval":          {may: financeStaff, form: url.Values{"credit_note": {"none"}}},
	"POST /admin/invoices/:id/credit-note/refusal":           {may: financeStaff, form: url.Values{"credit_note": {"none"}}},
	"GET /admin/payments":                                    {may: staff},
	"POST /admin/payments":                                   {may: financeStaff, form: paymentForm},
	"GET /admin/payments/new":                                {may: financeStaff},
	"GET /admin/payments/imports":                            {may: financeStaff},
	"POST /admin/payments/imports":                           {may: financeStaff, form: url.Values{"statement": {"2026-03-02,1.00"}}},
	"GET /admin/payments/imports/new":                        {may: financeStaff},
	"GET /admin/payments/imports/:id":                        {may: financeStaff},
	"GET /admin/payments/imports/:id/columns":                {may: financeStaff},
	"POST /admin/payments/imports/:id/columns":               {may: financeStaff},
	"POST /admin/payments/imports/:id/choices":               {may: financeStaff},
	"POST /admin/payments/imports/:id/receipts":              {may: financeStaff},
	"POST /admin/payments/new":                               {may: financeStaff, form: paymentForm},
	"GET /admin/payments/:id":                                {may: staff},
	"POST /admin/payments/:id/allocations":                   {may: financeStaff},
	"POST /admin/payments/:id/reversal":                      {may: financeStaff, form: url.Values{"reason": {"A test"}}},
	"POST /admin/invoices/:id/voiding":                       {may: financeStaff, form: url.Values{"reason": {"A test"}}},
	"GET /admin/prices":                                      {may: staff},
	"GET /admin/prices/new":                                  {may: accountStaff},
	"POST /admin/prices":                                     {may: accountStaff},
	"POST /admin/prices/:id/ending":                          {may: accountStaff},
	"GET /admin/mail":                                        {may: administrator},
	"GET /admin/mail/:id":                                    {may: administrator},
	"GET /admin/mail/:id/html":                               {may: administrator},
	"GET /admin/jobs":                                        {may: administrator},
	"GET /admin/signing-keys":                                {may: administrator},
	"POST /admin/jobs/:id/retry":                             {may: administrator},
	"POST /admin/jobs/:id/discarding":                        {may: administrator},
	"GET /admin/settings":                                    {may: staff},
	"POST /admin/settings":                                   {may: administrator},
}

// strangers are the people of another account, by what they are there.
var strangers = map[string]string{"other": "owner", "rival": "seller"}

// wants is the answer that DOMAIN promises to somebody: 200 for whatever a page
// or a form answers to who may, 303 for the way to sign in.
func (d door) wants(name, route string) int {
	role, isStranger := strangers[name]
	if !isStranger {
		role = name
	}
	switch may := slices.Contains(strings.Fields(d.may), role); {
	case may && isStranger && isOfAnAccount(route):
		return http.StatusNotFound
	case may:
		return http.StatusOK
	case role == "visitor":
		return http.StatusSeeOther
	case d.otherwise != 0 && !slices.Contains(strings.Fields(staff), role):
		return d.otherwise
	case isStranger && d.otherwise != 0:
		return http.StatusNotFound
	}
	return http.StatusForbidden
}

// isOfAnAccount reports whether the route names a row of one account.
func isOfAnAccount(route string) bool {
	_, path, _ := strings.Cut(route, " ")
	return strings.Contains(path, "/:id") && !strings.HasPrefix(path, "/me/") && !strings.HasPrefix(path, "/admin/")
}

func TestEveryRouteForEveryRole(t *testing.T) {
	t.Parallel() // with the other long one
	h := newHouse(t)
	routes := h.routes()
	for _, route := range routes {
		d, ok := doors[route]
		if !ok {
			t.Errorf("%s is not in the table: who may use it?", route)
			continue
		}
		t.Run(route, func(t *testing.T) { h.try(t, route, d) })
	}
	for _, route := range slices.Sorted(maps.Keys(doors)) {
		if !slices.Contains(routes, route) {
			t.Errorf("%s is in the table, but there is no such route", route)
		}
	}
}

// try sends everybody through a door: first those whom it must keep out, who
// must not change a thing, then those who may.
func (h *house) try(t *testing.T, route string, d door) {
	method, pattern, _ := strings.Cut(route, " ")
	path := h.fill(t, pattern, modelstest.AcmeOwner)
	before := h.fingerprint(t)
	var refused []string
	for _, name := range h.names {
		want := d.wants(name, route)
		if want == http.StatusOK {
			continue
		}
		refused = append(refused, name)
		got := h.knock(t, name, method, path, d.form)
		if strangers[name] != "" && isOfAnAccount(route) {
			if got != http.StatusNotFound && got != want {
				t.Errorf("%s gets %d, want %d or 404", name, got, want)
			}
			if nowhere := h.knock(t, name, method, strings.ReplaceAll(pattern, ":id", uuid.NewString()), d.form); nowhere != got {
				t.Errorf("%s gets %d for a row of Acme, %d where there is none", name, got, nowhere)
			}
		} else if got != want {
			t.Errorf("%s gets %d, want %d", name, got, want)
		}
		if method == http.MethodPost {
			if got := h.knock(t, name, method, path, withoutToken); got != http.StatusForbidden {
				t.Errorf("%s without a form token gets %d", name, got)
			}
		}
	}
	if after := h.fingerprint(t); after != before {
		t.Fatalf("one of %v, who are refused, has changed %s", refused, difference(before, after))
	}
	for _, name := range h.names {
		if d.wants(name, route) != http.StatusOK {
			continue
		}
		path := h.fill(t, pattern, h.cast[name])
		got := h.knock(t, name, method, path, d.form)
		if out := got == http.StatusForbidden || got == http.StatusNotFound || got == http.StatusSeeOther || got >= 500; out {
			t.Errorf("%s gets %d and should be let in", name, got)
		}
	}
}

// house is a portal with somebody of every role signed in.
type house struct {
	*site
	*scenes
	t     *testing.T
	cast  map[string]models.Actor
	names []string
	keys  map[string]*key
}

// key is a signed-in browser and the token of its forms.
type key struct {
	browser *browser
	csrf    string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	s := newSite(t)
	h := &house{site: s, scenes: newScenes(s), t: t, cast: maps.Clone(modelstest.Cast), keys: map[string]*key{}}
	h.cast["rival"] = modelstest.GlobexSeller
	h.names = slices.Sorted(maps.Keys(h.cast))
	for _, name := range h.names {
		h.enter(t, name)
	}
	return h
}

// enter opens a browser for somebody, unless one is open.
func (h *house) enter(t *testing.T, name string) *key {
	t.Helper()
	if k := h.keys[name]; k != nil {
		return k
	}
	k := &key{browser: h.visit(t)}
	page := "/login"
	if h.cast[name].SignedIn() {
		k.browser, page = h.as(t, h.cast[name]), "/me"
	}
	k.csrf = k.browser.get(page).Find("input[name=csrf]").AttrOr("value", "")
	h.keys[name] = k
	return k
}

var withoutToken = url.Values{"csrf": {""}}

// knock asks for a page or posts a form, and returns the status: 303 where the
// answer is the way to the sign-in page, 200 for any other redirect after a form.
func (h *house) knock(t *testing.T, name, method, path string, form url.Values) int {
	t.Helper()
	k := h.enter(t, name)
	b := *k.browser
	b.t = t
	if method == http.MethodGet {
		p := b.get(path)
		if p.path == "/login" && path != "/login" {
			return http.StatusSeeOther
		}
		return p.status
	}
	client := *b.c
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.c = &client
	values := url.Values{"csrf": {k.csrf}}
	maps.Copy(values, form)
	if values.Get("account_id") == ownAccount {
		values.Set("account_id", h.cast[name].AccountID)
	}
	p := b.post(path, values)
	if path == "/logout" && values.Get("csrf") != "" {
		delete(h.keys, name) // signed out: the next request comes from a new browser
		return http.StatusOK
	}
	if p.status == http.StatusSeeOther && !strings.HasPrefix(p.header.Get("Location"), "/login") {
		return http.StatusOK
	}
	return p.status
}

// routes are all that Echo knows, as "METHOD /path", but for the operations of
// the API: those have a table of their own.
func (h *house) routes() []string {
	var all []string
	for _, r := range h.portal.Routes() {
		if r.Method != echo.RouteNotFound && !strings.HasPrefix(r.Path, api.Prefix+"/") {
			all = append(all, r.Method+" "+r.Path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// fill puts Acme's rows into the places of a pattern; of what belongs to one
// person, that of who. The rows are new, so that what somebody did to the last
// ones doesn't matter.
func (h *house) fill(t *testing.T, pattern string, who models.Actor) string {
	t.Helper()
	longest := ""
	for prefix := range h.rows {
		if len(prefix) > len(longest) && (pattern == prefix || strings.HasPrefix(pattern, prefix+"/")) {
			longest = prefix
		}
	}
	if longest == "" {
		if strings.ContainsAny(pattern, ":*") {
			t.Fatalf("%s: say in scenes which row to put there", pattern)
		}
		return pattern
	}
	path := pattern
	for _, value := range h.rows[longest](t, who) {
		from := strings.IndexAny(path, ":*")
		to := from + strings.IndexByte(path[from:]+"/", '/')
		path = path[:from] + value + path[to:]
	}
	return path
}

// TestIdsOfAnotherAccountInForms posts Acme's ids as the people of Globex.
func TestIdsOfAnotherAccountInForms(t *testing.T) {
	h := newHouse(t)
	membership := h.membership(t, models.Member, "")
	client := h.client(t)
	forms := map[string]url.Values{
		"/trials":                {"product": {"studio-pro"}, "who": {"existing"}, "client_id": {client}},
		"/trials/new":            {"product": {"studio-pro"}, "who": {"existing"}, "client_id": {client}},
		"/orders":                {"client_id": {client}, "product": {"studio-pro"}, "seats": {"1"}, "quarters": {"4"}},
		"/orders/new":            {"client_id": {client}, "product": {"studio-pro"}, "seats": {"1"}, "quarters": {"4"}},
		"/team/reselling":        {"user_id": {modelstest.AcmeMember.UserID}, "reselling_role": {"seller"}},
		"/team/ownership-offers": {"membership_id": {membership}},
		"/me/account":            {"account_id": {modelstest.Acme}},
	}
	before := h.fingerprint(t)
	for path, form := range forms {
		for name, role := range strangers {
			want := []int{http.StatusNotFound, http.StatusUnprocessableEntity}
			switch may := doors["POST "+path].may; {
			case !slices.Contains(strings.Fields(may), role):
				want = []int{http.StatusForbidden}
			case strings.HasSuffix(path, "/new"): // only draws the form
				want = []int{http.StatusOK}
			}
			if got := h.knock(t, name, http.MethodPost, path, form); !slices.Contains(want, got) {
				t.Errorf("%s posts Acme's id to %s: %d, want %v", name, path, got, want)
			}
		}
		if after := h.fingerprint(t); after != before {
			t.Fatalf("somebody of Globex has changed %s by %s", difference(before, after), path)
		}
	}
	for _, form := range []string{"/trials/new?client=", "/orders/new?client="} {
		if page := h.enter(t, "rival").browser.get(form + client); strings.Contains(page.body, "Client 1") {
			t.Errorf("%s of Globex shows a client of Acme", form)
		}
	}
	order := h.order(t)
	if page := h.enter(t, "rival").browser.get("/orders/new?again=" + order); page.status != http.StatusNotFound {
		t.Errorf("Globex asks again for an order of Acme: %d", page.status)
	}
}

// TestTheFingerprintSeesAChange is the negative control of the two tests above.
func TestTheFingerprintSeesAChange(t *testing.T) {
	h := newHouse(t)
	before := h.fingerprint(t)
	h.Exec(t, "UPDATE clients SET notes = 'changed' WHERE id = ?", modelstest.AcmeClient)
	if got := difference(before, h.fingerprint(t)); got != "clients" {
		t.Errorf("the fingerprint names %q", got)
	}
}

// TestAnUnlistedRouteIsFound is the negative control of the table.
func TestAnUnlistedRouteIsFound(t *testing.T) {
	h := newHouse(t)
	h.portal.GET("/back-door", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	if _, listed := doors["GET /back-door"]; listed || !slices.Contains(h.routes(), "GET /back-door") {
		t.Error("a new route goes unnoticed")
	}
}

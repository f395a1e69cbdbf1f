package views

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"reselling/models"
	"reselling/views/paths"
)

// sentences say in words what happened, by action. {who} did it to {what};
// {now.x} and {was.x} are facts after and before, {changes} names what changed.
// Of several sentences, the first whose facts the event has is taken.
var sentences = map[string][]string{
	"client.created":       {"{who} added the client {what}"},
	"client.changed":       {"{who} changed {changes} of the client {what}", "{who} changed the client {what}"},
	"client.archived":      {"{who} archived the client {what}"},
	"client.restored":      {"{who} restored the client {what}"},
	"client.entrusted":     {"{who} made {now.responsible} responsible for the client {what}, before: {was.responsible}", "{who} made somebody else responsible for the client {what}"},
	"client.handed_over":   {"{who} handed the clients and running trials of {what} over to {now.colleague}", "{who} handed over what {what} looked after"},
	"client.merged":        {"{who} merged {now.merged} into the client {what}", "{who} merged another client into {what}"},
	"client.merged_into":   {"{who} merged the client {what} into {now.into}", "{who} merged the client {what} into another one"},
	"client.trial_allowed": {"{who} allowed the client {what} another trial of {now.product}", "{who} allowed the client {what} another trial"},

	"trial.issued":          {"{who} issued a trial of {now.product} to {now.client}", "{who} issued a trial of {what}"},
	"trial.mailed":          {"{who} sent the mail of the trial of {what} to {now.email}", "{who} sent the mail of the trial of {what}"},
	"trial.mail_failed":     {"The mail of the trial of {what} to {now.email} could not be delivered: {now.reason}", "A mail of the trial of {what} could not be delivered"},
	"trial.revoked":         {"{who} revoked the trial of {what}"},
	"trial.extended":        {"{who} extended the trial of {what} to {now.ends_at}", "{who} extended the trial of {what}"},
	"trial.converted":       {"The trial of {what} became a paid licence"},
	"license.created":       {"{who} created the licence of {what}"},
	"license.renewed":       {"The licence of {what} runs until {now.ends_at}", "The licence of {what} runs on"},
	"license.extended":      {"{who} extended the licence of {what} to {now.ends_at}", "{who} extended the licence of {what}"},
	"license.revoked":       {"{who} revoked the licence of {what}"},
	"license.grace_granted": {"The trial of {what} runs on until {now.ends_at}, while the order waits for its payment", "The trial of {what} runs on"},
	"license.grace_ended":   {"The order was cancelled: the trial of {what} ends on {now.ends_at} again", "The trial of {what} ends earlier again"},
	"license.page_revoked":  {"{who} switched off the licence page of {what}"},
	"license.page_renewed":  {"{who} gave the licence page of {what} a new link"},
	"license.suspended":     {"{who} suspended the licence of {what}: {now.reason}", "{who} suspended the licence of {what} until invoice {now.invoice} is paid", "{who} suspended the licence of {what}"},
	"license.resumed":       {"{who} resumed the licence of {what}: {now.reason}", "{who} resumed the licence of {what}"},
	"license.key_replaced":  {"The key of the licence of {what} was replaced"},
	"license.file_made":     {"{who} made a licence file for the machine {now.machine} of {what}", "{who} made a licence file of {what}"},

	"license.machine_activated":   {"The machine {now.machine} was activated for {what}", "A machine was activated for {what}"},
	"license.machine_deactivated": {"{who} deactivated the machine {now.machine} of {what}", "{who} deactivated a machine of {what}"},
	"license.deactivations_reset": {"{who} began the month’s deactivations of {what} anew: {now.reason}", "{who} began the month’s deactivations of {what} anew"},
	"signing_key.published":       {"{who} published the signing key {what}, which signs from {now.signs_at} on", "{who} published the signing key {what}"},
	"signing_key.withdrawn":       {"{who} withdrew the signing key {what}: {now.reason}", "{who} withdrew the signing key {what}"},

	"license.purchase_wanted": {"{who} wants to buy {what}"},

	"request.made":                {"{who} asked for {now.request}: {what}", "{who} asked the vendor: {what}"},
	"request.withdrawn":           {"{who} withdrew the request for {now.request}: {what}", "{who} withdrew a request: {what}"},
	"request.granted":             {"{who} granted {now.request}: {what}", "{who} granted a request: {what}"},
	"request.declined":            {"{who} declined the request for {now.request}: {what}", "{who} declined a request: {what}"},
	"order.requested":             {"{who} requested a price: {now.lines} for {now.client}", "{who} requested a price: {what}"},
	"order.quoted":                {"{who} quoted {now.full}, valid until {now.valid_until}: {what}", "{who} quoted a price: {what}"},
	"order.quoted_from_list":      {"The price list answered with {now.full}, valid until {now.valid_until}: {what}", "The price list answered: {what}"},
	"order.declined":              {"{who} declined the price request: {what}"},
	"order.placed":                {"{who} placed the order, {now.due} due: {what}", "{who} placed the order: {what}"},
	"client_invoice.issued":       {"{who} billed {now.total} to {now.client}, due on {now.due_on}: invoice {what}", "{who} issued the client invoice {what}"},
	"client_invoice.paid":         {"{who} noted that the client paid invoice {what} on {now.paid_on}", "{who} noted that invoice {what} is paid"},
	"client_invoice.reopened":     {"{who} noted that invoice {what} is not paid after all"},
	"client_invoice.credited":     {"{who} took invoice {what} back by the credit note {now.credit_note}: {now.reason}", "{who} took invoice {what} back by a credit note"},
	"client_invoice.link_renewed": {"{who} made the links to invoice {what} in earlier mails useless"},
	"client_invoice.sent":         {"{who} mailed invoice {what} to {now.email}", "{who} mailed invoice {what} to the client"},
	"branding.changed":            {"{who} changed {changes} of the branding", "{who} changed the branding"},
	"webhook.created":             {"{who} added the webhook {what}"},
	"webhook.changed":             {"{who} changed {changes} of the webhook {what}", "{who} changed the webhook {what}"},
	"webhook.enabled":             {"{who} switched on the webhook {what}"},
	"webhook.disabled":            {"{who} switched off the webhook {what}: {now.why}", "{who} switched off the webhook {what}"},
	"webhook.secret_rotated":      {"{who} gave the webhook {what} a new secret; the one before signs until {now.previous_ends_at}", "{who} gave the webhook {what} a new secret"},
	"webhook.secret_ended":        {"{who} ended the old secret of the webhook {what}"},
	"webhook.deleted":             {"{who} deleted the webhook {what}"},
	"webhook.tested":              {"{who} sent a test to the webhook {what}"},
	"webhook.resent":              {"{who} sent {now.event} to the webhook {what} again"},
	"order.activated":             {"The licences became active: {what}"},
	"annex.signed":                {"{who} signed version {now.version} of the Annex as {now.signed_as}: {what}", "{who} signed the Annex: {what}"},
	"annex.countersigned":         {"{who} countersigned version {now.version} of the Annex as {now.signed_as}: {what}", "{who} countersigned the Annex: {what}"},
	"annex.declined":              {"{who} declined version {now.version} of the Annex: {what}", "{who} declined the Annex: {what}"},
	"annex.text_changed":          {"{who} wrote version {now.version} of the Annex’s text", "{who} changed the Annex’s text"},
	"invoice.issued":              {"Invoice {what} of {now.total} was issued, due on {now.due_on}", "Invoice {what} was issued"},
	"invoice.claimed_paid":        {"{who} said that invoice {what} is paid: {now.note}", "{who} said that invoice {what} is paid"},
	"invoice.voided":              {"{who} voided invoice {what}"},
	"invoice.overdue":             {"Invoice {what} is overdue, {now.open} open: those who pay were reminded", "Invoice {what} is overdue"},
	"invoice.paid":                {"Invoice {what} of {now.total} is paid", "Invoice {what} is paid"},
	"invoice.reopened":            {"Invoice {what} is open again: {now.open} are to be paid", "Invoice {what} is open again"},
	"payment.recorded":            {"{who} recorded the receipt {what} of {now.amount}", "{who} recorded the receipt {what}"},
	"payment.allocated":           {"{now.amount} of the receipt {what} pay invoice {now.invoice}", "The receipt {what} pays an invoice"},
	"payment.reversed":            {"{who} reversed the receipt {what}: {now.reason}", "{who} reversed the receipt {what}"},
	"invoice.credited":            {"{who} credited {now.total} of invoice {what} by {now.credit_note}: {now.reason}", "{who} credited invoice {what}"},
	"credit_note.drafted":         {"{who} drafted a credit note of {now.total} for invoice {now.invoice}", "{who} drafted a credit note"},
	"credit_note.issued":          {"{who} issued the credit note {what} of {now.total} for invoice {now.invoice}", "{who} issued the credit note {what}"},
	"credit_note.declined":        {"{who} dropped the credit note {what}"},
	"order.credited":              {"The order was taken back by the credit note {now.credit_note}: {what}", "The order was taken back: {what}"},
	"license.credited":            {"The licence of {what} was credited by {now.credit_note}", "The licence of {what} was credited"},
	"license.unpaid":              {"The licence of {what} is suspended: invoice {now.invoice} is open again", "The licence of {what} is suspended until it is paid"},
	"license.paid_again":          {"Nothing of the licence of {what} is unpaid any more: it goes on"},
	"license.seats_added":         {"Seats were added to the licence of {what}: {now.added} more, {now.seats} in all until {now.ends_at}", "Seats were added to the licence of {what}"},
	"license.seats_unpaid":        {"Added seats of the licence of {what} are suspended ({now.unpaid}): invoice {now.invoice} is open again", "Seats of the licence of {what} are suspended until they are paid"},
	"license.seats_paid_again":    {"The added seats of the licence of {what} are paid again"},
	"order.cancelled":             {"{who} cancelled the order, invoice {now.invoice} is void: {what}", "{who} withdrew the price request: {what}"},

	"membership.created":                {"{what} joined the account as {now.role}", "{what} joined the account"},
	"membership.role_changed":           {"{who} changed the role of {what} from {was.role} to {now.role}", "{who} changed the role of {what}"},
	"membership.removed":                {"{who} removed {what} from the account"},
	"membership.reselling_added":        {"{who} added {what} to the Reselling team as {now.reselling_role}", "{who} added {what} to the Reselling team"},
	"membership.reselling_role_changed": {"{who} changed the reselling role of {what} from {was.reselling_role} to {now.reselling_role}", "{who} changed the reselling role of {what}"},
	"membership.reselling_removed":      {"{who} removed {what} from the Reselling team"},

	"invitation.sent":     {"{who} invited {what} as {now.role}", "{who} invited {what} to the staff as {now.staff_role}", "{who} invited {what}"},
	"invitation.resent":   {"{who} sent {what} the invitation again"},
	"invitation.revoked":  {"{who} revoked the invitation of {what}"},
	"invitation.accepted": {"{who} accepted the invitation of {what}"},

	"ownership.offered":   {"{who} offered {what} the ownership of the account"},
	"ownership.accepted":  {"{what} accepted the ownership of the account"},
	"ownership.declined":  {"{what} declined the ownership of the account"},
	"ownership.withdrawn": {"{who} withdrew the offer of the ownership to {what}"},

	"account.created":        {"{who} created the account {what} on the {now.plan} plan", "{who} created the account {what}"},
	"account.changed":        {"{who} changed {changes} of the account {what}", "{who} changed the account {what}"},
	"account.plan_changed":   {"{who} changed the plan of {what} from {was.plan} to {now.plan}", "{who} changed the plan of {what} to {now.plan}", "{who} changed the plan of {what}"},
	"account.suspended":      {"{who} suspended the account {what}"},
	"account.trials_granted": {"{who} granted {what} {now.number} extra in {now.month}", "{who} granted {what} extra trials"},
	"account.resumed":        {"{who} resumed the account {what}"},

	"account.owner_replaced":              {"{who} made {now.owner} the Owner of {what} in the place of {was.owner}: {now.reason}", "{what} has another Owner"},
	"account.owner_replacement_ordered":   {"{who} invited {now.invited} as the Owner of {what} in the place of {was.owner}: {now.reason}", "{who} invited another Owner of {what}"},
	"account.owner_replacement_withdrawn": {"{who} called off that {now.invited} becomes the Owner of {what}", "{who} called off that {what} gets another Owner"},

	"api_token.created":    {"{who} made the API token {what}: {now.scopes}, until {now.expires_at}", "{who} made the API token {what}"},
	"api_token.revoked":    {"{who} revoked the API token {what}"},
	"vendor_token.created": {"{who} made the vendor's API token {what}: {now.scopes}, until {now.expires_at}", "{who} made the vendor's API token {what}"},
	"vendor_token.revoked": {"{who} revoked the vendor's API token {what}"},

	"user.created":             {"{what} created their sign-in"},
	"user.changed":             {"{who} changed {changes} of their profile", "{who} changed their profile"},
	"email.change_requested":   {"{what} asked to change their mail address"},
	"email.change_cancelled":   {"{what} cancelled the change of their mail address"},
	"email.changed":            {"{what} changed their mail address"},
	"password.reset_requested": {"Somebody asked for a link to choose a new password for {what}"},
	"password.reset":           {"{what} chose a new password by a link"},
	"password.changed":         {"{what} changed their password"},
	"session.started":          {"{who} signed in"},
	"installation.copied":      {"{who} found that the database is a copy, and ended all sessions"},
	"installation.promoted":    {"{who} made the copy the real database"},
	"session.ended":            {"{who} signed out or ended a session"},
	"sessions.ended":           {"{who} ended sessions of {what}"},

	"staff.joined":                {"{what} joined the vendor's staff as {now.staff_role}", "{what} joined the vendor's staff"},
	"staff.role_changed":          {"{who} changed the staff role of {what} from {was.staff_role} to {now.staff_role}", "{who} changed the staff role of {what}"},
	"staff.removed":               {"{who} removed {what} from the vendor's staff"},
	"vendor.changed":              {"{who} changed {changes} of the vendor's profile", "{who} changed the vendor's profile"},
	"terms.added":                 {"{who} added terms of the plan {what}"},
	"terms.withdrawn":             {"{who} withdrew terms of the plan {what}"},
	"product.created":             {"{who} added the product {what}"},
	"product.changed":             {"{who} changed {changes} of the product {what}", "{who} changed the product {what}"},
	"product.archived":            {"{who} archived the product {what}"},
	"product.restored":            {"{who} restored the product {what}"},
	"conflict.found":              {"{who} found {what} on trial at two accounts"},
	"conflict.settled":            {"{who} settled the conflict of {what}"},
	"bank_import.uploaded":        {"{who} uploaded the bank statement {what} of {now.lines} lines", "{who} uploaded the bank statement {what}"},
	"bank_import.columns_changed": {"{who} corrected how the bank statement {what} is read"},
	"price.added":                 {"{who} added the price {what} per licence and quarter"},
	"price.ended":                 {"{who} ended the price {what}"},
	"job.retried":                 {"{who} ran the job {what} again"},
	"job.discarded":               {"{who} discarded the job {what}"},
}

var placeholder = regexp.MustCompile(`\{[a-z_.]+\}`)

// EventText says in a sentence what happened, with times in zone, UTC if it is empty.
func EventText(e models.Event, zone string) string {
	facts := e.Facts()
	for _, words := range sentences[e.Action] {
		complete := true
		text := placeholder.ReplaceAllStringFunc(words, func(p string) string {
			value := eventWord(e, facts, strings.Trim(p, "{}"), zone)
			complete = complete && value != ""
			return value
		})
		if complete {
			return text
		}
	}
	noun, verb, _ := strings.Cut(e.Action, ".")
	return actorText(e) + ": " + strings.ReplaceAll(noun+" "+verb, "_", " ") + " (" + e.SubjectName + ")"
}

func eventWord(e models.Event, facts []models.Fact, word, zone string) string {
	switch word {
	case "who":
		return actorText(e)
	case "what":
		return e.SubjectName
	case "changes":
		var names []string
		for _, f := range facts {
			names = append(names, "the "+lowerFirst(factLabel(f.Name)))
		}
		if len(names) > 4 {
			return Plural(len(names), "field", "fields")
		}
		return Join(names)
	}
	side, name, _ := strings.Cut(word, ".")
	for _, f := range facts {
		switch {
		case f.Name != name:
		case side == "now":
			return factValue(f.Name, f.After, zone)
		case side == "was":
			return factValue(f.Name, f.Before, zone)
		}
	}
	return ""
}

func actorText(e models.Event) string {
	switch {
	case e.ActorName != "":
		return e.ActorName
	case e.ActorKind == "system":
		return "The portal"
	}
	return "Somebody who was not signed in"
}

// actorKindText says what kind of actor it was, where that is worth a word.
func actorKindText(e models.Event) string {
	switch e.ActorKind {
	case "staff":
		return "vendor's staff"
	case "visitor":
		return "not signed in"
	case "system":
		return "automatic"
	}
	return ""
}

// factLabels are the names of facts that do not read well as they are.
var factLabels = map[string]string{
	"url": "Address", "types": "Types of events", "email": "Mail address", "contact_name": "Contact", "tax_id": "Tax id", "address": "Postal address", "reference": "Reference",
	"time_zone": "Time zone", "legal_name": "Legal name", "on_trial": "On trial", "install_steps": "Install steps", "download_url": "Download address",
	"unit_price": "Price per licence and quarter", "unit_prices": "Prices per licence and quarter", "full": "Full price", "valid_until": "Valid until",
	"mails": "Mails they get", "trial_days": "Trial days", "trials_per_month": "Trials per month", "holds_from": "Holds from", "reselling_role": "Reselling role", "staff_role": "Staff role",
}

func factLabel(name string) string {
	if label, ok := factLabels[name]; ok {
		return label
	}
	text := strings.ReplaceAll(name, "_", " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func lowerFirst(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// factValue writes a fact for people; times in zone, UTC if it is empty.
func factValue(name string, value any, zone string) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return factText(name, v, zone)
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, factValue(name, item, zone))
		}
		return strings.Join(all, ", ")
	}
	return "…"
}

var isoDay = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

func factText(name, v, zone string) string {
	switch name {
	case "role":
		return RoleName(models.Role(v))
	case "reselling_role":
		return ResellingRoleName(models.ResellingRole(v))
	case "staff_role":
		return StaffRoleName(models.StaffRole(v))
	case "plan":
		if v != "" {
			return strings.ToUpper(v[:1]) + v[1:]
		}
	case "country":
		return countryName(v)
	case "request":
		return requestWords(models.RequestKind(v))
	case "mails":
		return mailsText(v)
	case "why":
		return webhookEndText(models.WebhookEnd(v))
	case "valid_until", "valid_from", "valid_through":
		return DayText(v)
	}
	if isoDay.MatchString(v) && (strings.HasSuffix(name, "_on") || strings.HasSuffix(name, "_from") || strings.HasSuffix(name, "_day") || name == "from" || name == "to" || name == "through") {
		return DayText(v)
	}
	if strings.HasSuffix(name, "_at") || strings.HasPrefix(name, "holds") || name == "ends" {
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return TimeText(t, zone)
		}
	}
	return v
}

// webhookEndText is why a webhook was switched off; nothing where a person did it.
func webhookEndText(why models.WebhookEnd) string {
	switch why {
	case models.WebhookGone:
		return "the receiver answered 410 Gone"
	case models.WebhookFailing:
		return "the receiver took nothing for five days"
	case models.WebhookSwitchedOff:
	}
	return ""
}

// mailsText names the mails that somebody has chosen.
func mailsText(list string) string {
	if list == "" {
		return "none of those to choose from"
	}
	var names []string
	for n := range strings.SplitSeq(list, ", ") {
		names = append(names, NoticeName(models.Notice(n)))
	}
	return strings.Join(names, ", ")
}

var eventIcons = map[models.EventKind]string{
	models.ClientEvents: "clients", models.TrialEvents: "trials", models.OrderEvents: "orders", models.MoneyEvents: "invoice", models.TeamEvents: "team",
	models.AccountEvents: "building", models.UserEvents: "user", models.VendorEvents: "settings",
}

func eventIcon(e models.Event) string {
	if icon, ok := eventIcons[models.KindOfAction(e.Action)]; ok {
		return icon
	}
	return "activity"
}

var eventKindNames = map[models.EventKind]string{
	models.ClientEvents: "Clients", models.TrialEvents: "Trials and licences", models.OrderEvents: "Orders", models.MoneyEvents: "Invoices and payments", models.TeamEvents: "Team",
	models.AccountEvents: "Account", models.UserEvents: "Sign-ins and profiles", models.VendorEvents: "Vendor",
}

// subjectPath is where the page of what e is about is, or nothing.
func subjectPath(e models.Event, staff bool) string {
	if staff {
		switch e.SubjectType {
		case "account":
			return paths.AdminAccount(e.SubjectID)
		case "request":
			return paths.AdminRequest(e.SubjectID)
		case "conflict":
			return paths.AdminConflict(e.SubjectID)
		case "license":
			return paths.AdminLicense(e.SubjectID)
		case "order":
			return paths.AdminOrder(e.SubjectID)
		case "invoice":
			return paths.AdminInvoice(e.SubjectID)
		case "annex":
			return paths.AdminAnnex(e.SubjectID)
		case "payment":
			return paths.AdminPayment(e.SubjectID)
		}
		return ""
	}
	switch e.SubjectType {
	case "client":
		return paths.Client(e.SubjectID)
	case "trial":
		return paths.Trial(e.SubjectID)
	case "license":
		return paths.License(e.SubjectID)
	case "request":
		return paths.Request(e.SubjectID)
	case "order":
		return paths.Order(e.SubjectID)
	case "invoice":
		return paths.Invoice(e.SubjectID)
	case "annex":
		return paths.Agreement()
	}
	return ""
}

// EventsPage is a page of a list of events: the account's, or for staff all.
type EventsPage struct {
	Events   []models.EventRow
	Filter   models.EventFilter
	Kinds    []models.EventKind
	People   []models.EventPerson
	Accounts []models.EventPerson // for staff
	Staff    bool
	TeamOnly bool // what the reader sees is not everything
	Newer    string
	Older    string
}

func (p EventsPage) path() string {
	if p.Staff {
		return paths.AdminEvents()
	}
	return paths.Activity()
}

// Address is the address of the list with other pairs of its query.
func (p EventsPage) Address(pairs ...string) string {
	f := p.Filter
	query := []string{"q", f.Query, "kind", string(f.Kind), "person", f.ActorID, "from", string(f.From), "to", string(f.To)}
	if p.Staff {
		query = append(query, "account", f.AccountID)
	}
	return paths.With(p.path(), append(query, pairs...)...)
}

func (p EventsPage) isFiltered() bool { return p.Filter != models.EventFilter{} }

func (p EventsPage) filter() Filter {
	kinds := []Option{{"", "All kinds", ""}}
	for _, k := range p.Kinds {
		kinds = append(kinds, Option{string(k), eventKindNames[k], ""})
	}
	f := Filter{
		Action: p.path(), Query: p.Filter.Query, Placeholder: "Search names", Active: p.isFiltered(), Export: p.Address("format", "csv"),
		Dates: []FilterDate{{"from", "From", string(p.Filter.From)}, {"to", "To", string(p.Filter.To)}},
	}
	if p.Staff {
		f.Selects = append(f.Selects, FilterSelect{"account", "Account", p.Filter.AccountID, people("All accounts", p.Accounts, p.Filter.AccountID)})
	}
	f.Selects = append(f.Selects, FilterSelect{"kind", "Kind", string(p.Filter.Kind), kinds},
		FilterSelect{"person", "Person", p.Filter.ActorID, people("Everybody", p.People, p.Filter.ActorID)})
	return f
}

// people are the options of a choice, with the chosen one even if the list does not have it.
func people(all string, list []models.EventPerson, chosen string) []Option {
	options := []Option{{"", all, ""}}
	for _, p := range list {
		options = append(options, Option{p.ID, p.Name, ""})
	}
	if chosen != "" && !slices.ContainsFunc(list, func(p models.EventPerson) bool { return p.ID == chosen }) {
		options = append(options, Option{chosen, "Somebody else", ""})
	}
	return options
}

// EventCells are an event's columns in a CSV file.
func EventCells(e models.EventRow) []string {
	var before, after []string
	for _, f := range e.Facts() {
		if v := factValue(f.Name, f.Before, ""); v != "" {
			before = append(before, factLabel(f.Name)+": "+v)
		}
		if v := factValue(f.Name, f.After, ""); v != "" {
			after = append(after, factLabel(f.Name)+": "+v)
		}
	}
	return []string{e.At.UTC().Format(time.RFC3339), e.Action, EventText(e.Event, ""), actorText(e.Event), actorKindText(e.Event), e.SubjectName, strings.Join(before, "\n"), strings.Join(after, "\n")}
}

// EventAddress is the network address that the reader may see: not the staff's, outside it.
func EventAddress(e models.Event, staff bool) string {
	if e.ActorKind == "staff" && !staff {
		return ""
	}
	return e.Address
}

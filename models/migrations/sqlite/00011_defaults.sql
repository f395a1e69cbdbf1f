-- +goose Up
-- The default profile: ElectroNeek's plans and products, which staff can change.
INSERT INTO vendor (id, name, legal_name, website, customer_success_name, customer_success_email, customer_success_hours, time_zone, updated_at)
VALUES (1, 'ElectroNeek', 'ElectroNeek Robotics Inc.', 'https://electroneek.com', 'Customer Success', 'customer-success@vendor.example', 'Monday to Friday, 9:00 to 18:00', 'America/New_York', '2020-01-01 00:00:00+00:00');

INSERT INTO plan_terms (id, plan, holds_from, trial_days, trials_per_month, percentage, note, created_at, created_by) VALUES
('01920000-0000-7000-8000-000000000001', 'bronze', '2020-01-01', 7, 2, 1000, 'The published terms.', '2020-01-01 00:00:00+00:00', ''),
('01920000-0000-7000-8000-000000000002', 'silver', '2020-01-01', 14, 5, 5000, 'The published terms.', '2020-01-01 00:00:00+00:00', ''),
('01920000-0000-7000-8000-000000000003', 'gold', '2020-01-01', 45, 10, 7500, 'The published terms.', '2020-01-01 00:00:00+00:00', '');

INSERT INTO products (id, code, name, description, seats, on_trial, install_steps, download_url, position, created_at) VALUES
('01920000-0000-7000-8000-000000000011', 'studio-pro', 'Studio Pro', 'Build bots that do repetitive work in any desktop or web application.', 1, TRUE,
'Download Studio Pro and run the installer.
Start Studio Pro and choose "Enter a licence key".
Paste the key from this page and press Activate.', '', 1, '2020-01-01 00:00:00+00:00'),
('01920000-0000-7000-8000-000000000012', 'orchestrator-saas', 'Orchestrator SaaS', 'Schedule, run and watch bots on many machines from the browser.', 5, TRUE,
'Open Orchestrator in your browser and choose "New workspace".
Paste the key from this page when you are asked for it.
Invite your colleagues and connect the first machine.', '', 2, '2020-01-01 00:00:00+00:00');

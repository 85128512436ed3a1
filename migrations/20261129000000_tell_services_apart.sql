-- A service account signs with access keys and tokens, and has no password.
ALTER TABLE app_user ADD COLUMN is_service boolean NOT NULL DEFAULT false;

-- Where a session was opened, so that people can tell their own apart and end those that aren't.
ALTER TABLE session
    ADD COLUMN user_agent text NOT NULL DEFAULT '' CHECK (length(user_agent) <= 512),
    ADD COLUMN address    text NOT NULL DEFAULT '' CHECK (length(address) <= 64);

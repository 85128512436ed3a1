-- Segments of accounts with few events are merged beyond a day: of a month, then of a year that is over. So ten years
-- of a thousand accounts are some ten thousand segments, not millions.
ALTER TABLE segment
    -- How many days the segment may reach over, from `day` on: a month or a year of the calendar, or one day.
    ADD COLUMN days int NOT NULL DEFAULT 1,
    DROP CONSTRAINT segments_lie_in_one_day,
    DROP CONSTRAINT segment_level_check,
    -- 0 from a batch, 1 merged in its hour, 2 when its day was over, 3 its month, 4 its year.
    ADD CONSTRAINT segment_level_check CHECK (level BETWEEN 0 AND 4),
    ADD CONSTRAINT segments_lie_in_their_days
        CHECK (t0 <= t1 AND t0 >= day::bigint * 86400 AND t1 < (day::bigint + days) * 86400),
    ADD CONSTRAINT segments_of_several_days_are_merged_ones CHECK (days = 1 OR days BETWEEN 28 AND 366 AND level > 2);

-- A member's few segments among those of all accounts.
CREATE INDEX segment_by_account ON segment (organization_id, account_id, day);

-- Nothing was ever kept there: what is worth keeping has a column of its own.
ALTER TABLE sessions DROP COLUMN detail;

-- Devices that know nothing but MD5 (RFC 2617), where an administrator lets them in.
ALTER TABLE devices ADD COLUMN ha1_md5 TEXT;

-- Files in: recon_sniff looks, recon_import loads.

CREATE OR REPLACE FUNCTION recon_sniff(content bytea, options jsonb DEFAULT '{}')
    RETURNS TABLE (part text, value text, confidence numeric, evidence text)
    LANGUAGE c VOLATILE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_sniff';
COMMENT ON FUNCTION recon_sniff(bytea, jsonb) IS
$$How a file would be read: format, encoding, delimiter, quotation marks, place of the header, and of each column its
type, decimal sign or order of dates; each with a confidence between 0 and 1 and the rows that decided it. What the
file leaves open is "not decided", with the option that answers it. The last row is the profile, as the statement
that pins it.
Options: format, table (of several in a file), encoding, delimiter, quote, escape, preamble, header_rows, decimal,
    date_order, debit, types.
Errors: 22P03 an empty file, or one that is not text; 22023 an option that does not exist.$$;

CREATE OR REPLACE FUNCTION recon_import(
    content bytea DEFAULT NULL, into_table text DEFAULT NULL, server_file text DEFAULT NULL,
    large_object oid DEFAULT NULL, text_rows text DEFAULT NULL, profile text DEFAULT NULL,
    options jsonb DEFAULT '{}', file_name text DEFAULT NULL
) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_import';
COMMENT ON FUNCTION recon_import(bytea, text, text, oid, text, text, jsonb, text) IS
$$Loads a file into a table and returns the number of the upload in recon.upload. The file is one of: its bytes, the
path of a file on the server (for members of pg_read_server_files), a large object, or a table of its lines. The
table is made where there is none; columns are named after the header. Rows that do not fit go to
recon.upload_reject. profile: a pinned one, from which the file must not differ. options: those of recon_sniff, and
"again": true to load the same bytes into the same table once more.
Errors: 55000 what the file leaves open, a file that differs from its profile or its table, the same file again;
22P03 a file without rows, or one that is not text; 54000 a limit (recon.upload_setting); 42501 no right to the table
or file.$$;

CREATE OR REPLACE FUNCTION recon_correct_row(upload bigint, line bigint, corrected text) RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_correct_row';
COMMENT ON FUNCTION recon_correct_row(bigint, bigint, text) IS
$$Sends a rejected row in again, as it should have been: the row goes to the table of its upload, and
recon.upload_reject keeps both wordings. Needs the same rights as the import. Returns a sentence.
Errors: 42704 no such row, or one that was corrected already; 22P03 a row that cannot be loaded either.$$;

CREATE OR REPLACE FUNCTION recon_pin_profile(name text, profile jsonb) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_pin_profile(text, jsonb) IS
$$Keeps how files of one kind are read, for recon_import(profile => name). recon_sniff prints the statement. A
    profile of
that name is replaced by its creator or an administrator only. Returns a sentence.$$;

CREATE OR REPLACE FUNCTION recon_upload_status(upload bigint)
    RETURNS TABLE (status text, file_name text, target text, lines bigint, loaded bigint, rejected bigint,
                   skipped bigint, skipped_as jsonb, started_at timestamptz, finished_at timestamptz)
    LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_upload_status(bigint) IS
    'What became of an upload: every line of the file is loaded, rejected or skipped. Errors: 42704 no such upload of '
    'the caller.';

CREATE OR REPLACE FUNCTION recon_upload_setting(name text, value text) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_upload_setting(text, text) IS
    'Changes a limit of recon.upload_setting, for all reconciliations. For administrators. Returns a sentence.';

CREATE OR REPLACE FUNCTION recon.setting(name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN (SELECT s.value FROM recon.upload_setting s WHERE s.setting_name = name
            ORDER BY s.is_builtin LIMIT 1);
COMMENT ON FUNCTION recon.setting(text) IS
    'The value of a setting of recon.upload_setting: the one that was set, or that of the extension.';

CREATE OR REPLACE FUNCTION recon.begin_import(
    came_as text, file_name text, into_table text, bytes bigint, sha256 text, profile_name text, options jsonb,
    content bytea
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most bigint := recon.setting('most_bytes')::bigint;
    relation regclass := recon.resolve_relation(into_table);
    earlier recon.upload;
    pinned jsonb;
    id bigint;
BEGIN
    IF bytes > most THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = format('the file is larger than %s', pg_size_pretty(most)),
            DETAIL = format('It has %s bytes.', bytes),
            HINT = 'An administrator can raise the limit: SELECT recon_upload_setting(''most_bytes'', ...).';
    END IF;
    IF profile_name IS NOT NULL THEN
        SELECT p.profile INTO pinned FROM recon.file_profile p WHERE p.profile_name = begin_import.profile_name;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('profile "%s" does not exist', profile_name),
                HINT = 'recon_sniff prints the statement that pins one.';
        END IF;
    END IF;
    -- Where there is no table yet, no upload can be the same; what others do with theirs is not for the caller.
    SELECT u.* INTO earlier FROM recon.upload u
    WHERE u.target = recon.qualified_name(relation) AND u.sha256 = begin_import.sha256 AND u.status = 'succeeded'
      AND pg_has_role(recon.caller(), (SELECT c.relowner FROM pg_class c WHERE c.oid = relation), 'USAGE')
    ORDER BY u.upload_id DESC LIMIT 1;
    IF FOUND AND NOT coalesce((options->>'again')::boolean, false) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the same file was imported into %s before', relation),
            DETAIL = format('Upload %s by %s at %s has the same bytes%s.', earlier.upload_id, earlier.uploaded_by,
                            earlier.started_at, ' under the name "' || earlier.file_name || '"'),
            HINT = 'To load it once more: options => ''{"again": true}''.';
    END IF;
    INSERT INTO recon.upload (file_name, came_as, bytes, sha256, profile_name, target, status, same_as,
                              uploaded_by, started_at, content)
    VALUES (begin_import.file_name, begin_import.came_as, begin_import.bytes, begin_import.sha256,
            begin_import.profile_name, into_table, 'running', earlier.upload_id, recon.caller(), clock_timestamp(),
            CASE WHEN recon.setting('keep_content_for')::interval > '0' THEN content END)
    RETURNING upload_id INTO id;
    -- Bytes that were kept long enough.
    UPDATE recon.upload u SET content = NULL
    WHERE u.content IS NOT NULL AND u.started_at < now() - recon.setting('keep_content_for')::interval;
    RETURN jsonb_build_object('upload_id', id, 'most_rejects', recon.setting('most_rejects')::bigint,
                              'profile', pinned);
END
$$;
COMMENT ON FUNCTION recon.begin_import(text, text, text, bigint, text, text, jsonb, bytea) IS
    'Checks the limits, finds the pinned profile and notes that an import has begun.';

CREATE OR REPLACE FUNCTION recon.finish_import(
    upload bigint, profile jsonb, target text, format text, lines bigint, loaded bigint, rejected bigint,
    skipped bigint, skipped_as jsonb
) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE recon.upload SET status = 'succeeded', profile = $2, target = $3, format = $4, lines = $5, loaded = $6,
        rejected = $7, skipped = $8, skipped_as = $9, finished_at = clock_timestamp()
    WHERE upload_id = $1
$$;
COMMENT ON FUNCTION recon.finish_import(bigint, jsonb, text, text, bigint, bigint, bigint, bigint, jsonb) IS
    'Notes what an import has loaded, rejected and skipped.';

CREATE OR REPLACE FUNCTION recon.find_upload(upload bigint) RETURNS recon.upload
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_upload recon.upload;
BEGIN
    SELECT u.* INTO found_upload FROM recon.upload u
    WHERE u.upload_id = upload AND u.uploaded_by IN (SELECT recon.uploaders_seen_by(recon.caller()));
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('upload %s does not exist',
            coalesce(upload::text, 'NULL')),
            HINT = 'recon.upload lists the uploads of your roles.';
    END IF;
    RETURN found_upload;
END
$$;
COMMENT ON FUNCTION recon.find_upload(bigint) IS 'An upload that the caller may see.';

CREATE OR REPLACE FUNCTION recon.rejected_row(upload bigint, line bigint) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_upload recon.upload := recon.find_upload(upload);
BEGIN
    PERFORM FROM recon.upload_reject r
    WHERE r.upload_id = upload AND r.line_number = line AND r.status = 'open' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('upload %s has no rejected row in line %s that is open', upload, coalesce(line::text,
                'NULL')),
            HINT = 'recon.upload_reject lists them, and those that were corrected.';
    END IF;
    RETURN jsonb_build_object('profile', of_upload.profile, 'target', of_upload.target);
END
$$;
COMMENT ON FUNCTION recon.rejected_row(bigint, bigint) IS
    'How the file of a rejected row was read, and where its rows went; locks the rejected row.';

CREATE OR REPLACE FUNCTION recon.note_correction(upload bigint, line bigint, corrected text) RETURNS jsonb
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE recon.upload_reject SET status = 'corrected', corrected_as = $3, corrected_by = recon.caller(),
        corrected_at = clock_timestamp()
    WHERE upload_id = $1 AND line_number = $2;
    UPDATE recon.upload SET loaded = loaded + 1, rejected = rejected - 1 WHERE upload_id = $1;
    SELECT '{}'::jsonb;
$$;
COMMENT ON FUNCTION recon.note_correction(bigint, bigint, text) IS 'Notes that a rejected row was corrected.';

CREATE OR REPLACE FUNCTION recon.recon_pin_profile(name text, profile jsonb) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    creator name := (SELECT p.created_by FROM recon.file_profile p WHERE p.profile_name = name);
BEGIN
    IF name IS NULL OR profile IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'name and profile must not be NULL',
            HINT = 'recon_sniff prints the statement that pins a profile.';
    END IF;
    IF creator <> recon.caller() AND NOT recon.has_access(recon.caller(), NULL, 'admin') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('profile "%s" belongs to %s', name, creator), HINT = 'Use another name.';
    END IF;
    PERFORM recon.check_profile(profile);
    INSERT INTO recon.file_profile (profile_name, profile, created_by)
    VALUES (recon_pin_profile.name, recon_pin_profile.profile, recon.caller())
    ON CONFLICT (profile_name) DO UPDATE SET profile = excluded.profile, created_by = excluded.created_by,
        created_at = now();
    RETURN format('profile "%s" is pinned: recon_import(profile => %L) holds files to it', name, name);
END
$$;
COMMENT ON FUNCTION recon.recon_pin_profile(text, jsonb) IS 'Implementation of recon_pin_profile.';

CREATE OR REPLACE FUNCTION recon.check_profile(profile jsonb) RETURNS void
    LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_check_profile';
COMMENT ON FUNCTION recon.check_profile(jsonb) IS 'Raises an error where a profile lacks a part or has a wrong one.';

CREATE OR REPLACE FUNCTION recon.recon_upload_status(upload bigint)
    RETURNS TABLE (status text, file_name text, target text, lines bigint, loaded bigint, rejected bigint,
                   skipped bigint, skipped_as jsonb, started_at timestamptz, finished_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.status, u.file_name, u.target, u.lines, u.loaded, u.rejected, u.skipped, u.skipped_as, u.started_at,
           u.finished_at
    FROM recon.find_upload(upload) AS u
$$;
COMMENT ON FUNCTION recon.recon_upload_status(bigint) IS 'Implementation of recon_upload_status.';

CREATE OR REPLACE FUNCTION recon.recon_upload_setting(name text, value text) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM recon.require_access(NULL, 'admin');
    -- Raises where the text is no value of its kind.
    CASE name
        WHEN 'most_bytes', 'most_rejects' THEN
            IF value::bigint < 0 THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('%s must not be negative', name), DETAIL = format('It is %s.', value);
            END IF;
        WHEN 'keep_content_for' THEN PERFORM value::interval;
        ELSE
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('setting %s does not exist', recon.name_text(name)),
                HINT = 'recon.upload_setting lists them.';
    END CASE;
    -- A row of its own: what the extension brings is not part of a dump.
    DELETE FROM recon.upload_setting s WHERE s.setting_name = name AND NOT s.is_builtin;
    INSERT INTO recon.upload_setting (setting_name, value, meaning, is_builtin)
    SELECT s.setting_name, recon_upload_setting.value, s.meaning, false
    FROM recon.upload_setting s WHERE s.setting_name = name;
    RETURN format('%s is %s', name, value);
END
$$;
COMMENT ON FUNCTION recon.recon_upload_setting(text, text) IS 'Implementation of recon_upload_setting.';

CREATE OR REPLACE FUNCTION recon.uploaders_seen_by(role_name name) RETURNS SETOF name
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.rolname FROM pg_roles r
    WHERE pg_has_role($1, r.oid, 'USAGE') OR recon.has_access($1, NULL, 'admin')
$$;
COMMENT ON FUNCTION recon.uploaders_seen_by(name) IS
    'The roles whose uploads a role may see: those it is a member of; all, for an administrator.';

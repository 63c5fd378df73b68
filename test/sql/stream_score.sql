-- recon_stream_score as a user sees it. Integer arithmetic, so that the rows are the same everywhere.
CREATE TABLE sensor AS
SELECT key, i AS id, timestamptz '2024-01-01 00:00Z' + i * interval '15 minutes' AS at,
       100 + (i * 7919 % 1009) / 100.0::float8 + CASE WHEN i % 96 BETWEEN 36 AND 71 THEN 400 ELSE 0 END
           + CASE WHEN key = 'spike' AND i = 1500 THEN 2000 ELSE 0 END
           - CASE WHEN key = 'missing day' AND i BETWEEN 96 * 20 + 36 AND 96 * 20 + 71 THEN 400 ELSE 0 END AS x
FROM generate_series(0, 96 * 25 - 1) AS i, unnest('{spike,missing day,ordinary}'::text[]) AS key;
CREATE VIEW scored AS
SELECT *, recon_stream_score(x, at) OVER (PARTITION BY key ORDER BY at) AS score FROM sensor;

-- The first sixty rows are not judged, all others are.
SELECT key, count(*) FILTER (WHERE score IS NULL) AS unjudged, max(id) FILTER (WHERE score IS NULL) AS last_unjudged,
    min(score) >= 0 AS positive
FROM scored GROUP BY key ORDER BY key;
-- What was put in is found where it begins; while it lasts, only what is much stranger is news again.
SELECT key, id, round(score::numeric) AS score FROM scored WHERE score > 5 ORDER BY key, id;
-- Without the time of day a day without its steps is not strange.
SELECT key, max(score) > 5 AS found
FROM (SELECT key, recon_stream_score(x) OVER (PARTITION BY key ORDER BY at) AS score FROM sensor WHERE key <> 'spike')
    AS untimed GROUP BY key ORDER BY key;

-- Nothing that is no number, and no time that is none, changes the other rows; a row is not judged by those after it.
CREATE TABLE dirty AS
SELECT * FROM sensor WHERE key = 'spike'
UNION ALL SELECT key, -id, at + interval '1 minute', bad::float8
FROM sensor, unnest('{NULL,NaN,Infinity,-Infinity,1e305}'::text[]) AS bad WHERE key = 'spike' AND id BETWEEN 1 AND 500;
SELECT count(*) AS rows, count(*) FILTER (WHERE a.score IS DISTINCT FROM b.score) AS different
FROM scored AS a JOIN (SELECT id, recon_stream_score(x, at) OVER (ORDER BY at) AS score FROM dirty) AS b USING (id)
    WHERE a.key = 'spike';
SELECT count(score) FROM (SELECT id, recon_stream_score(x, at) OVER (ORDER BY at) AS score FROM dirty) AS d
    WHERE id < 0;
SELECT count(*) AS rows, count(*) FILTER (WHERE a.score IS DISTINCT FROM b.score) AS different
FROM scored AS a JOIN (SELECT id, recon_stream_score(x, at) OVER (ORDER BY at) AS score FROM sensor WHERE key = 'spike'
    AND id < 1700) AS b USING (id)
WHERE a.key = 'spike';
SELECT count(*) FILTER (WHERE untimed IS DISTINCT FROM infinite) AS different
FROM (SELECT recon_stream_score(x) OVER w AS untimed, recon_stream_score(x, CASE WHEN id % 2 = 0 THEN 'infinity'
    ELSE '-infinity' END::timestamptz) OVER w AS infinite
      FROM sensor WHERE key = 'spike' WINDOW w AS (ORDER BY at)) AS s;

-- Rows of one place do not judge each other: the order in which they are stored changes nothing.
CREATE VIEW shared_places AS SELECT *, id / 3 AS place FROM sensor WHERE key = 'missing day';
SELECT count(*) AS rows, count(*) FILTER (WHERE a.score IS DISTINCT FROM b.score) AS different
FROM (SELECT id, recon_stream_score(x, at) OVER (ORDER BY place) AS score FROM (SELECT * FROM shared_places ORDER BY id)
    AS s) AS a
JOIN (SELECT id, recon_stream_score(x, at) OVER (ORDER BY place) AS score
    FROM (SELECT * FROM shared_places ORDER BY id DESC) AS s) AS b USING (id);
SELECT count(score) AS without_order FROM (SELECT recon_stream_score(x, at) OVER () AS score FROM sensor) AS s;
-- The frame is of no importance.
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) AS different
FROM (SELECT recon_stream_score(x) OVER (ORDER BY at) AS a,
    recon_stream_score(x) OVER (ORDER BY at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS b
      FROM sensor WHERE key = 'spike') AS s;

-- A constant is no news; the first row that differs is one in as many as there were.
SELECT round(max(score)::numeric, 2) AS highest, max(id) FILTER (WHERE score > 0) AS id
FROM (SELECT i AS id, recon_stream_score(CASE WHEN i < 1000 THEN 0.1 ELSE 7 END) OVER (ORDER BY i) AS score
    FROM generate_series(1, 1000) AS i) AS s;
SELECT recon_stream_score(1);

DROP TABLE sensor, dirty CASCADE;

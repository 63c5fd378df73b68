// What recon_rolling is measured against: DuckDB's window functions with two threads.
//   node duckdb_windows.mjs ROWS.csv WIDTH: prints the seconds of the mean and standard deviation of
//   the last WIDTH rows before each, by key; the rows are in a table of an in-memory database.
// @duckdb/node-api is looked for in NODE_MODULES.
import { createRequire } from "node:module";

const require = createRequire(process.env.NODE_MODULES + "/");
const { DuckDBInstance } = require("@duckdb/node-api");
const [file, width] = process.argv.slice(2);
const database = await DuckDBInstance.create(":memory:", { threads: "2" });
const connection = await database.connect();
await connection.run(`CREATE TABLE stream AS SELECT * FROM read_csv('${file}', header = true,
    columns = {'key': 'INTEGER', 'on_date': 'DATE', 'x': 'DOUBLE'})`);
const query = `SELECT count(mean), count(deviation) FROM (
    SELECT avg(x) OVER w AS mean, stddev_samp(x) OVER w AS deviation FROM stream
    WINDOW w AS (PARTITION BY key ORDER BY on_date ROWS BETWEEN ${Number(width)} PRECEDING AND 1 PRECEDING))`;
await connection.runAndReadAll(query); // the first one pays for what it touches for the first time
const begin = process.hrtime.bigint();
await connection.runAndReadAll(query);
console.log((Number(process.hrtime.bigint() - begin) / 1e9).toFixed(4));

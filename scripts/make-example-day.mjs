/**
 * Writes examples/: one day of an invented company's Athena use, in the shapes AWS gives it in.
 * `node scripts/make-example-day.mjs [folder]`; the day is the data below, the rest is shape.
 * No clock and no random: ids are hashes of what they name, so that a second run changes nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const ACCOUNT = '111122223333';
const PARTNER_ACCOUNT = '444455556666';
const REGION = 'us-east-1';
/** New York in winter. */
const OFFSET = '-05:00';
const DAY = '2026-11-20';
/** When Athena was asked for the executions: a query that still runs has run until here. */
const ASKED_AT = Date.parse('2026-11-21T05:58:30Z');
const ROOT_ARN = `arn:aws:iam::${ACCOUNT}:root`;
const RESULTS = 's3://quillfeather-athena-results';

const BROWSER = {
  mac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0',
  edge: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36 Edg/148.0.0.0',
};
const BOTO3 = 'Boto3/1.43.6 md/Botocore#1.43.6 ua/2.1 os/linux#6.12.40 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard Botocore/1.43.6';
const CLI = 'aws-cli/2.34.9 md/awscrt#0.31.1 ua/2.1 os/linux#6.12.40 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#athena.start-query-execution';
const JDBC = 'aws-sdk-java/2.40.3 md/io#async md/http#NettyNio ua/2.1 os/Windows_11#10.0 lang/java#21.0.9 md/OpenJDK_64-Bit_Server_VM#21.0.9+10 md/vendor#Eclipse_Adoptium md/en_US AthenaJdbc/3.8.1';

const ANALYST = { role: 'AWSReservedSSO_Analyst_4f1c9a2e7b60d358', path: 'aws-reserved/sso.amazonaws.com/', roleId: 'AROAEXAMPLE1ANALYST01' };

/**
 * Who calls. `since`: when the session began (a new one from each of several times on), or how many seconds before each call.
 * The access key is `tag` and the session's beginning, so that a key is told apart by eye.
 */
const CAST = {
  noor: { ...ANALYST, session: 'noor.haddad@quillfeather.example', tag: 'NOORX', since: ['08:14:05'], ip: '203.0.113.24', agent: BROWSER.mac, console: true },
  tomas: { ...ANALYST, session: 'tomas.ibarra@quillfeather.example', tag: 'TOMAS', since: ['08:52:31'], ip: '203.0.113.31', agent: JDBC },
  weilin: { ...ANALYST, session: 'weilin.zhao@quillfeather.example', tag: 'WEILI', since: ['07:58:44'], ip: '198.51.100.77', agent: `${BOTO3} awswrangler/3.17.1` },
  grace: { ...ANALYST, session: 'grace.adeyemi@quillfeather.example', tag: 'GRACE', since: ['08:41:19'], ip: '203.0.113.28', agent: BROWSER.firefox, console: true },
  jonas: { user: 'jonas.lindqvist', path: 'data/', userId: 'AIDAEXAMPLE1JONAS0001', key: 'AKIAEXAMPLEJONAS0001', ip: '198.51.100.12', agent: CLI },
  jonasConsole: { user: 'jonas.lindqvist', path: 'data/', userId: 'AIDAEXAMPLE1JONAS0001', tag: 'JONAS', since: ['11:18:02'], mfa: true, ip: '203.0.113.40', agent: BROWSER.firefox, console: true },
  priya: { role: 'ADFS-Finance', roleId: 'AROAEXAMPLE1FINANCE01', session: 'praman', tag: 'PRAMA', since: ['09:11:50'], ip: '203.0.113.52', agent: BROWSER.edge, console: true },
  dbt: { role: 'elt-dbt', roleId: 'AROAEXAMPLE1ELTDBT001', session: 'dbt-nightly-2026-11-20', tag: 'DBTXX', since: ['02:04:48'], ip: '198.51.100.140', agent: `${BOTO3} dbt-athena-community/1.9.5` },
  glue: { role: 'elt-glue-jobs', roleId: 'AROAEXAMPLE1ELTGLUE01', session: 'GlueJobRunnerSession', tag: 'GLUEX', since: 74, ip: '198.51.100.141', agent: `${BOTO3} awswrangler/3.17.1` },
  quicksightMorning: { role: 'aws-quicksight-service-role-v0', path: 'service-role/', roleId: 'AROAEXAMPLE1QUICKS001', session: 'QuickSight-RoleSession-1795173304112', tag: 'QUICK', since: ['06:15:04'], ip: '198.51.100.201', agent: 'sbAthenaJDBCDriver/2.0, aws-internal/3' },
  quicksightEvening: { role: 'aws-quicksight-service-role-v0', path: 'service-role/', roleId: 'AROAEXAMPLE1QUICKS001', session: 'QuickSight-RoleSession-1795204798640', tag: 'QUICK', since: ['14:59:58'], ip: '198.51.100.201', agent: 'sbAthenaJDBCDriver/2.0, aws-internal/3' },
  grafana: { role: 'AmazonGrafanaServiceRole-h4Tq0Xw1B', path: 'service-role/', roleId: 'AROAEXAMPLE1GRAFANA01', session: 'amg-session', tag: 'GRAFA', since: 9, ip: '198.51.100.210', agent: 'aws-sdk-go-v2/1.41.0 ua/2.1 os/linux lang/go#1.25.4 md/GOOS#linux md/GOARCH#amd64 api/athena#1.57.0 grafana-athena-datasource/3.3.4' },
  kwame: { role: 'lake-research', roleId: 'AROAEXAMPLE1RESEARCH1', session: 'SageMaker', tag: 'KWAME', since: ['10:18:40', '13:31:02', '15:42:57', '22:05:12'], sourceIdentity: 'kwame.boateng', ip: '198.51.100.96', agent: `${BOTO3} PyAthena/3.34.0` },
  yuki: { role: 'editor-identity-enhanced', roleId: 'AROAEXAMPLE1EDITOR001', session: 'editor-session', tag: 'YUKIX', since: ['11:44:09'], onBehalfOf: '9067a2f4-e0c1-70b3-5d18-2f0c6b7e91d4', ip: '203.0.113.47', agent: `${JDBC} JWT_TIP` },
  partner: { role: 'partner-repricing', roleId: 'AROAEXAMPLE1PARTNER01', session: 'i-0f6f2a9c31d7be845', tag: 'PARTN', since: ['09:01:28', '13:01:28'], ip: '198.51.100.180', agent: 'aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.25.3 md/GOOS#linux md/GOARCH#arm64 api/athena#1.55.0' },
  root: { root: true, tag: 'ROOTX', since: ['16:06:12'], mfa: true, ip: '203.0.113.99', agent: BROWSER.mac, console: true },
};
/** Noor's console session, when Athena itself makes the call for her (forward access session). */
CAST.noorByAthena = { ...CAST.noor, invokedBy: 'athena.amazonaws.com', ip: 'athena.amazonaws.com', agent: 'athena.amazonaws.com' };

/** A text as it is written here: backslashes are literal, the indentation common to all lines goes. */
function sql(strings, ...values) {
  const lines = String.raw({ raw: strings.raw }, ...values).replace(/^\n/, '').replace(/\n *$/, '').split('\n');
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/[^ ]/)));
  return lines.map((line) => line.slice(indent)).join('\n');
}

/** As a client on Windows sends it. */
const crlf = (text) => text.replaceAll('\n', '\r\n');
const TAB = '\t';

const dbt = (node, text) =>
  `-- /* {"app": "dbt", "dbt_version": "1.11.4", "profile_name": "quillfeather", "target_name": "prod", "node_id": "${node}"} */\n\n${text}`;

/** What a dashboard generates: a column for each family and week. */
function salesCube() {
  const families = ['guitars', 'keyboards', 'brass', 'woodwind', 'bowed strings', 'percussion', 'sheet music', 'accessories'];
  const columns = families.flatMap((family) =>
    [41, 42, 43, 44, 45, 46, 47].map((week) => `SUM(CASE WHEN "family" = '${family}' AND "iso_week" = ${week} THEN "net_cents" ELSE 0 END) AS "${family} W${week}"`),
  );
  return `SELECT "channel", ${columns.join(', ')} FROM "AwsDataCatalog"."marts"."daily_sales" WHERE "day" >= '2026-10-05' GROUP BY "channel" ORDER BY "channel" NULLS LAST`;
}

const STOCK_ALERT = sql`
  SELECT sku, warehouse, on_hand, reorder_point
  FROM stock.levels
  WHERE on_hand < reorder_point AND day = cast(current_date AS varchar)
  ORDER BY reorder_point - on_hand DESC
  LIMIT 200`;
const HOURLY_ORDERS = "SELECT date_trunc('hour', ordered_at) AS time, channel, count(*) AS orders FROM shop.orders WHERE day = '2026-11-20' GROUP BY 1, 2 ORDER BY 1";
const PRICE_FEED = sql`
  SELECT sku, list_price_cents, currency, updated_at
  FROM shop.prices
  WHERE price_list = 'partner' AND updated_at > current_timestamp - INTERVAL '4' HOUR`;
const DASHBOARD = 'SELECT "day", "channel", SUM("net_cents") AS "net" FROM "AwsDataCatalog"."marts"."daily_sales" WHERE "day" BETWEEN \'2026-11-01\' AND \'2026-11-20\' GROUP BY "day", "channel"';

/** How Athena sorts statements, and where it puts their result. */
const KINDS = {
  SELECT: ['DML', 'SELECT', '{id}.csv'],
  EXECUTE: ['DML', undefined, '{id}.csv'],
  EXPLAIN: ['DML', 'EXPLAIN', '{id}.txt'],
  INSERT: ['DML', 'INSERT', '{id}', 'manifest'],
  MERGE: ['DML', 'MERGE', '{id}.csv'],
  UNLOAD: ['DML', 'UNLOAD', '{id}', 'manifest'],
  CTAS: ['DDL', 'CREATE_TABLE_AS_SELECT', 'tables/{id}', 'manifest'],
  CREATE_TABLE: ['DDL', 'CREATE_TABLE', '{id}.txt'],
  CREATE_VIEW: ['DDL', 'CREATE_VIEW', '{id}.txt'],
  DROP_TABLE: ['DDL', 'DROP_TABLE', '{id}.txt'],
  ADD_PARTITION: ['DDL', 'ALTER_TABLE_ADD_PARTITION', '{id}.txt'],
  MSCK: ['DDL', 'MSCK_REPAIR', '{id}.txt'],
  SHOW_TABLES: ['UTILITY', 'SHOW_TABLES', '{id}.txt'],
  SHOW_PARTITIONS: ['UTILITY', 'SHOW_PARTITIONS', '{id}.txt'],
  DESCRIBE: ['UTILITY', 'DESCRIBE_TABLE', '{id}.txt'],
};

const EXPECTING =
  "Expecting: 'ALTER', 'ANALYZE', 'CALL', 'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DENY', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK', 'SET', 'SHOW', 'START', 'TRUNCATE', 'UNLOAD', 'UPDATE', 'USE', <query>";

/**
 * Every start of a query, by local time. `engine` in milliseconds, `scanned` in bytes. `noWorkgroup`: the caller named none.
 * `day` when it is not the 20th; `refused`, `failed`, `cancelled`, `running`, `unprocessed`, `retryOf`: what became of it.
 */
const STARTS = [
  { day: '2026-11-19', at: '23:59:59', who: 'grafana', wg: 'dashboards', db: 'shop', kind: 'SELECT', sql: HOURLY_ORDERS.replace('2026-11-20', '2026-11-19'), engine: 1180, scanned: 3_911_220 },

  { at: '00:00:00', who: 'glue', wg: 'elt', db: 'stock', kind: 'INSERT', dpu: 8, engine: 18_420, scanned: 214_508_113, sql: sql`
    INSERT INTO stock.levels
    SELECT sku, warehouse, on_hand, reorder_point, cast(current_date AS varchar) AS day
    FROM stock.levels_live` },
  { at: '00:14:37', who: 'jonas', wg: 'primary', noWorkgroup: true, db: 'raw', kind: 'SHOW_PARTITIONS', sql: 'SHOW PARTITIONS raw.web_events', engine: 612, scanned: 0 },

  { at: '02:05:03', who: 'dbt', wg: 'elt', db: 'marts', kind: 'CTAS', dpu: 24, engine: 21_930, scanned: 1_904_331_276, sql: dbt('model.quillfeather.stg_orders', sql`
    create table "awsdatacatalog"."marts"."stg_orders__ha"
    with (
      table_type='hive',
      is_external=true,
      external_location='s3://quillfeather-lake/marts/stg_orders/2f7c1e',
      format='parquet'
    )
    as
    select o.order_id, o.customer_id, o.channel, o.day, i.sku, i.quantity,
           i.quantity * i.unit_price_cents - coalesce(i.discount_cents, 0) as net_cents
    from shop.orders o
    join shop.order_items i on i.order_id = o.order_id and i.day = o.day
    where o.status <> 'cancelled'`) },
  { at: '02:05:41', who: 'dbt', wg: 'elt', db: 'marts', kind: 'CTAS', dpu: 24, engine: 16_218, scanned: 912_440_031, sql: dbt('model.quillfeather.daily_sales', sql`
    create table "awsdatacatalog"."marts"."daily_sales__tmp"
    with (table_type='hive', is_external=true, external_location='s3://quillfeather-lake/marts/daily_sales__tmp', format='parquet', partitioned_by=ARRAY['day'])
    as
    select s.channel, p.family, week(date(s.day)) as iso_week, sum(s.net_cents) as net_cents, count(distinct s.order_id) as orders, s.day
    from "marts"."stg_orders" s join "shop"."products" p on p.sku = s.sku
    where s.day >= '2026-11-17'
    group by 1, 2, 3, s.day`) },
  { at: '02:06:20', who: 'dbt', wg: 'elt', db: 'marts', kind: 'INSERT', dpu: 24, engine: 7_704, scanned: 1_288_102, sql: dbt('model.quillfeather.daily_sales', 'insert into "awsdatacatalog"."marts"."daily_sales" ("channel", "family", "iso_week", "net_cents", "orders", "day")\n(select "channel", "family", "iso_week", "net_cents", "orders", "day" from "awsdatacatalog"."marts"."daily_sales__tmp")') },
  { at: '02:07:02', who: 'dbt', wg: 'elt', db: 'marts', kind: 'DROP_TABLE', engine: 511, scanned: 0, sql: dbt('model.quillfeather.daily_sales', 'drop table if exists `marts`.`daily_sales__tmp`') },
  { at: '02:07:15', who: 'dbt', wg: 'elt', db: 'marts', kind: 'CREATE_VIEW', engine: 884, scanned: 0, sql: dbt('model.quillfeather.customer_value', sql`
    create or replace view "awsdatacatalog"."marts"."customer_value" as
    select customer_id, min(day) as first_day, max(day) as last_day, sum(net_cents) as net_cents
    from "marts"."stg_orders" group by customer_id`) },
  { at: '02:08:30', who: 'dbt', wg: 'elt', db: 'marts', kind: 'MERGE', dpu: 24, engine: 24_061, scanned: 633_120_998, sql: dbt('snapshot.quillfeather.products', sql`
    merge into "awsdatacatalog"."marts"."products_history" as t
    using "marts"."products_changed" as c on (t.sku = c.sku and t.valid_to is null)
    when matched and t.row_hash <> c.row_hash then update set valid_to = c.changed_at
    when not matched then insert (sku, name, family, list_price_cents, row_hash, valid_from) values (c.sku, c.name, c.family, c.list_price_cents, c.row_hash, c.changed_at)`) },
  { at: '02:09:44', who: 'dbt', wg: 'elt', db: 'marts', kind: 'SELECT', engine: 2_310, scanned: 18_220_404, sql: dbt('test.quillfeather.not_null_daily_sales_day', 'select count(*) as failures, count(*) != 0 as should_warn, count(*) != 0 as should_error\nfrom (select day from "marts"."daily_sales" where day is null) dbt_internal_test') },
  { at: '02:10:12', who: 'dbt', wg: 'elt', db: 'marts', kind: 'SELECT', engine: 3_902, scanned: 402_117_550, sql: dbt('test.quillfeather.unique_stg_orders_line', 'select count(*) as failures\nfrom (select order_id, sku from "marts"."stg_orders" group by 1, 2 having count(*) > 1) dbt_internal_test') },

  { at: '05:30:00', who: 'glue', wg: 'elt', db: 'shop', kind: 'UNLOAD', dpu: 8, engine: 11_842, scanned: 88_431_007, sql: sql`
    UNLOAD (SELECT order_id, sku, quantity, school_id FROM rental.deliveries WHERE day = '2026-11-19')
    TO 's3://quillfeather-lake/export/school-deliveries/day=2026-11-19/'
    WITH (format = 'PARQUET', compression = 'SNAPPY')` },

  { at: '06:00:00', who: 'grafana', wg: 'dashboards', db: 'stock', kind: 'SELECT', sql: STOCK_ALERT, engine: 1_344, scanned: 6_220_913 },
  { at: '06:15:08', who: 'quicksightMorning', wg: 'dashboards', db: 'marts', kind: 'SELECT', sql: salesCube(), engine: 4_816, scanned: 61_004_228 },

  { at: '07:05:12', who: 'quicksightMorning', wg: 'dashboards', db: 'marts', kind: 'SELECT', sql: DASHBOARD, engine: 1_690, scanned: 9_418_776, reuse: 60 },
  { at: '07:30:00', who: 'grafana', wg: 'dashboards', db: 'shop', kind: 'SELECT', sql: HOURLY_ORDERS, engine: 1_020, scanned: 1_203_884 },
  { at: '07:42:55', who: 'jonas', wg: 'primary', noWorkgroup: true, db: 'raw', kind: 'ADD_PARTITION', engine: 702, scanned: 0, sql: "ALTER TABLE raw.web_events ADD IF NOT EXISTS PARTITION (day = '2026-11-20') LOCATION 's3://quillfeather-lake/raw/web_events/2026/11/20/'" },

  { at: '08:03:10', who: 'weilin', wg: 'analysts', db: 'stock', kind: 'SELECT', engine: 2_905, scanned: 41_806_312, sql: sql`
    -- what to order from whom today
    SELECT${TAB}s.name AS supplier,
    ${TAB}l.sku,
    ${TAB}sum(l.reorder_point - l.on_hand) AS missing
    FROM${TAB}stock.levels l
    ${TAB}JOIN stock.suppliers s ON s.supplier_id = l.supplier_id
    WHERE${TAB}l.day = '2026-11-20'
    ${TAB}AND l.on_hand < l.reorder_point
    GROUP BY 1, 2` },
  { at: '08:03:22', who: 'weilin', wg: 'analysts', db: 'stock', kind: 'EXECUTE', engine: 1_411, scanned: 12_704_220, sql: "EXECUTE reorder_list USING 'strings', 14" },
  { at: '08:21:49', who: 'noor', wg: 'analysts', db: 'marts', kind: 'SELECT', engine: 1_237, scanned: 2_118_340, sql: "SELECT channel, sum(net_cents) / 100.0 AS net, sum(orders) AS orders FROM daily_sales WHERE day = '2026-11-19' GROUP BY channel ORDER BY net DESC" },
  { at: '08:47:26', who: 'grace', wg: 'analysts', db: 'rental', kind: 'DESCRIBE', engine: 498, scanned: 0, sql: 'DESCRIBE rental.contracts' },
  { at: '08:58:20', who: 'tomas', wg: 'primary', noWorkgroup: true, db: 'shop', kind: 'SHOW_TABLES', engine: 377, scanned: 0, sql: "SHOW TABLES IN `shop` 'news*'" },

  { at: '09:00:41', who: 'noor', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 6_052, scanned: 1_182_664_920, sql: sql`
    WITH lines AS (
      SELECT p.family, o.channel, i.quantity * i.unit_price_cents AS cents
      FROM orders o
      JOIN order_items i ON i.order_id = o.order_id AND i.day = o.day
      JOIN products p ON p.sku = i.sku
      WHERE o.day BETWEEN '2026-11-01' AND '2026-11-19'
        AND o.status = 'paid'   -- refunds are Priya's
    )
    SELECT family, channel, sum(cents) / 100.0 AS net
    FROM lines
    GROUP BY ROLLUP (family, channel)
    ORDER BY net DESC` },
  { at: '09:01:30', who: 'partner', wg: 'primary', noWorkgroup: true, db: 'shop', kind: 'SELECT', sql: PRICE_FEED, engine: 1_902, scanned: 14_220_118 },
  { at: '09:02:17', who: 'tomas', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 8_440, scanned: 2_904_116_202, sql: crlf(sql`
    SELECT c.country,
           count(DISTINCT v.session_id) AS sessions,
           count(DISTINCT o.order_id)   AS orders
    FROM   page_views v
    LEFT JOIN customers c ON c.customer_id = v.customer_id
    LEFT JOIN orders o    ON o.session_id = v.session_id
    WHERE  v.day = '2026-11-19'
    GROUP BY c.country`) },
  { at: '09:03:05', who: 'grace', wg: 'analysts', db: 'rental', refused: { code: 'InvalidRequestException', message: "line 1:8: mismatched input 'FROM'. Expecting: '*', 'ALL', 'DISTINCT', <expression>" } },
  { at: '09:03:52', who: 'grace', wg: 'analysts', db: 'rental', kind: 'SELECT', engine: 1_866, scanned: 22_480_917, sql: "SELECT school_id, count(*) AS instruments\nFROM rental.contracts\nWHERE ends_on IS NULL AND instrument <> 'teacher''s own'\nGROUP BY school_id" },
  { at: '09:18:33', who: 'priya', wg: 'finance', db: 'finance', kind: 'SELECT', engine: 3_127, scanned: 77_120_443, sql: sql`
    SELECT reason, "refund method", count(*) AS refunds, sum(amount_cents) / 100.0 AS amount
    FROM finance.refunds
    WHERE booked_on >= DATE '2026-11-01'
    GROUP BY 1, 2
    HAVING sum(amount_cents) > 0` },
  { at: '09:36:12', who: 'noor', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 1_518, scanned: 48_120_332, sql: "\n\n   SELECT day, count(*) AS orders FROM orders WHERE channel = 'marketplace' GROUP BY day   \n" },
  { at: '09:51:40', who: 'weilin', wg: 'analysts', db: 'stock', kind: 'SELECT', engine: 402, scanned: 0, sql: "SELECT sku, lead_time FROM stock.suppliers WHERE country = 'CZ'", failed: { type: 1006, message: "COLUMN_NOT_FOUND: line 1:8: Column 'sku' cannot be resolved or requester is not authorized to access requested resources" } },

  { at: '10:00:00', who: 'quicksightMorning', wg: 'dashboards', db: 'marts', kind: 'SELECT', sql: salesCube(), engine: 4_602, scanned: 61_004_228 },
  { at: '10:01:12', who: 'tomas', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 109_871, scanned: 38_204_771_094, cancelled: true, sql: crlf('SELECT a.session_id, b.session_id\nFROM page_views a, page_views b\nWHERE a.path = b.path') },
  { at: '10:03:44', who: 'tomas', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 5_230, scanned: 1_109_224_508, sql: crlf("SELECT path, count(DISTINCT session_id) AS sessions\nFROM page_views\nWHERE day = '2026-11-19'\nGROUP BY path\nORDER BY sessions DESC\nLIMIT 50") },
  { at: '10:12:09', who: 'weilin', wg: 'analysts', db: 'stock', kind: 'SELECT', engine: 1_203, scanned: 3_880_115, sql: "SELECT p.sku, s.lead_time FROM stock.suppliers s JOIN shop.products p ON p.supplier_id = s.supplier_id WHERE s.country = 'CZ'" },
  { at: '10:20:31', who: 'kwame', wg: 'notebooks', db: 'shop', kind: 'SELECT', engine: 9_017, scanned: 642_118_004, sql: sql`
    SELECT sku, stars, body
    FROM shop.reviews TABLESAMPLE BERNOULLI (5)
    WHERE length(body) > 40 /* short ones say nothing */` },
  { at: '10:24:03', who: 'kwame', wg: 'notebooks', db: 'shop', kind: 'SELECT', engine: 7_461, scanned: 642_118_004, sql: "SELECT count(*) FILTER (WHERE body LIKE '%🎸%') AS guitars,\n       count(*) FILTER (WHERE body LIKE '%🎻%') AS violins,\n       count(*) FILTER (WHERE regexp_like(body, '[\\x{1F600}-\\x{1F64F}]')) AS faces\nFROM shop.reviews" },
  { at: '10:38:27', who: 'priya', wg: 'finance', db: 'finance', refused: { code: 'InvalidRequestException', message: `line 1:1: mismatched input '='. ${EXPECTING}` } },
  { at: '10:39:10', who: 'priya', wg: 'finance', db: 'finance', kind: 'SELECT', engine: 1_744, scanned: 30_114_870, sql: "SELECT sum(amount_cents) / 100.0 AS open_invoices FROM finance.invoices WHERE paid_on IS NULL" },

  { at: '11:07:31', who: 'weilin', wg: 'analysts', db: 'stock', kind: 'SELECT', engine: 2_488, scanned: 19_408_230, sql: "SELECT warehouse, sum(on_hand) AS pieces FROM stock.levels WHERE day = '2026-11-20' GROUP BY warehouse" },
  { at: '11:07:33', who: 'weilin', wg: 'analysts', db: 'stock', retryOf: '11:07:31' },
  { at: '11:15:00', who: 'grafana', wg: 'dashboards', db: 'stock', kind: 'SELECT', sql: STOCK_ALERT, engine: 1_297, scanned: 6_411_002 },
  { at: '11:22:18', who: 'jonasConsole', wg: 'primary', db: 'raw', kind: 'CREATE_TABLE', engine: 1_120, scanned: 0, sql: sql`
    CREATE EXTERNAL TABLE IF NOT EXISTS raw.web_events_v2 (
      event_id string,
      session_id string COMMENT 'cookie, 30 minutes',
      payload struct<path:string, referrer:string>
    )
    PARTITIONED BY (day string)
    ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
    WITH SERDEPROPERTIES ('mapping.event_id' = 'eventId')
    LOCATION 's3://quillfeather-lake/raw/web_events_v2/'
    TBLPROPERTIES ('classification' = 'json')` },
  { at: '11:24:46', who: 'jonasConsole', wg: 'primary', db: 'raw', kind: 'MSCK', engine: 14_330, scanned: 0, sql: 'MSCK REPAIR TABLE raw.web_events_v2' },
  { at: '11:48:20', who: 'yuki', wg: 'stores', db: 'marts', kind: 'SELECT', engine: 2_017, scanned: 8_330_194, sql: "SELECT family, sum(net_cents) / 100.0 AS net\nFROM marts.daily_sales\nWHERE day >= '2026-09-01'\nGROUP BY family" },

  { at: '12:10:05', who: 'tomas', wg: 'finance', db: 'finance', refused: { code: 'AccessDenied', message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/${ANALYST.role}/tomas.ibarra@quillfeather.example is not authorized to perform: athena:StartQueryExecution on resource: arn:aws:athena:${REGION}:${ACCOUNT}:workgroup/finance because no identity-based policy allows the athena:StartQueryExecution action` } },
  { at: '12:31:54', who: 'quicksightMorning', wg: 'dashboards', db: 'marts', kind: 'SELECT', sql: DASHBOARD, engine: 1_577, scanned: 9_418_776, reuse: 60 },

  { at: '13:01:30', who: 'partner', wg: 'primary', noWorkgroup: true, db: 'shop', kind: 'SELECT', sql: PRICE_FEED, engine: 1_844, scanned: 14_390_027 },
  { at: '13:14:22', who: 'noor', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 3_391, scanned: 88_104_117, reuse: 120, sql: 'SELECT o.order_id, o.ordered_at, o.status\nFROM orders o\nWHERE o.customer_id = ? AND o.day >= ?' },
  { at: '13:15:02', who: 'noor', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 210, scanned: 0, reuse: 120, reused: true, sql: 'SELECT o.order_id, o.ordered_at, o.status\nFROM orders o\nWHERE o.customer_id = ? AND o.day >= ?' },
  { at: '13:33:48', who: 'kwame', wg: 'notebooks', db: 'research', kind: 'CTAS', engine: 26_744, scanned: 3_310_448_190, sql: sql`
    CREATE TABLE research.review_sample
    WITH (format = 'PARQUET', write_compression = 'ZSTD', bucketed_by = ARRAY['sku'], bucket_count = 16)
    AS SELECT r.*, p.family, p.list_price_cents
    FROM shop.reviews r JOIN shop.products p USING (sku)
    WHERE r.day >= '2026-01-01'` },
  { at: '13:52:10', who: 'priya', wg: 'payroll', db: 'payroll', unprocessed: { code: 'AccessDeniedException', message: 'You are not authorized to perform: athena:BatchGetQueryExecution on the resource. After your AWS administrator or you have updated your permissions, please try again.' } },

  { at: '14:02:26', who: 'grace', wg: 'analysts', db: 'rental', kind: 'SELECT', engine: 2_204, scanned: 22_480_917, sql: "-- +15 % on brass from January\nSELECT contract_id, monthly_cents, cast(round(monthly_cents * 1.15) AS bigint) AS next_year\nFROM rental.contracts\nWHERE family = 'brass'" },
  { at: '14:11:39', who: 'grace', wg: 'analysts', db: 'rental', kind: 'SELECT', engine: 1_951, scanned: 22_480_917, sql: "SELECT date_trunc('month', ends_on) AS month, count(*) FROM rental.contracts WHERE ends_on > current_date GROUP BY 1 ORDER BY 1" },
  { at: '14:20:57', who: 'tomas', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 6_608, scanned: 903_442_816, sql: crlf("SELECT 'Flügelhorn, Querflöte & Saxofón 🎷' AS campaign,\n\tcount(*) AS clicks\nFROM page_views\nWHERE path LIKE '%/sale\\_winter%' ESCAPE '\\'\n  AND day BETWEEN '2026-11-13' AND '2026-11-19'") },
  { at: '14:25:13', who: 'weilin', wg: 'analysts', db: 'stock', kind: 'SELECT', engine: 1_633, scanned: 2_904_417, sql: 'SELECT supplier_id, avg(cast(freight AS double)) AS freight FROM stock.deliveries_csv GROUP BY supplier_id', failed: { type: 1100, message: "INVALID_CAST_ARGUMENT: Cannot cast '12,50' to DOUBLE" } },
  { at: '14:31:00', who: 'grafana', wg: 'dashboards', db: 'shop', kind: 'SELECT', sql: HOURLY_ORDERS, engine: 1_112, scanned: 2_604_931 },
  { at: '14:40:48', who: 'yuki', wg: 'stores', db: 'marts', kind: 'SELECT', engine: 2_640, scanned: 8_330_194, sql: "SELECT iso_week, sum(orders) AS orders\nFROM marts.daily_sales\nWHERE family = 'percussion'\nGROUP BY iso_week\nORDER BY iso_week" },
  { at: '14:58:36', who: 'noorByAthena', wg: 'analysts', db: 'shop', kind: 'CREATE_VIEW', engine: 903, scanned: 0, sql: 'CREATE OR REPLACE VIEW "shop"."marketplace_orders" AS\nSELECT * FROM "shop"."orders" WHERE "channel" = \'marketplace\'' },

  { at: '15:00:00', who: 'quicksightEvening', wg: 'dashboards', db: 'marts', kind: 'SELECT', sql: salesCube(), engine: 4_711, scanned: 61_004_228 },
  { at: '15:12:44', who: 'noor', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 5_209, scanned: 512_660_108, sql: sql`
    SELECT *
    FROM (
      SELECT customer_id, day, total_cents,
             total_cents - lag(total_cents) OVER (PARTITION BY customer_id ORDER BY ordered_at) AS step
      FROM marketplace_orders
    ) AS s
    WHERE step IS NOT NULL` },
  { at: '15:27:19', who: 'jonas', wg: 'primary', noWorkgroup: true, db: 'marts', kind: 'EXPLAIN', engine: 640, scanned: 0, sql: "EXPLAIN (TYPE DISTRIBUTED) SELECT count(*) FROM marts.stg_orders WHERE day = '2026-11-19'" },
  { at: '15:44:02', who: 'kwame', wg: 'trial', db: 'research', unprocessed: { code: 'QUERY_EXECUTION_NOT_FOUND', message: 'QueryExecution {id} was not found' } },
  { at: '15:55:31', who: 'grace', wg: 'analysts', db: 'rental', kind: 'SELECT', engine: 2_318, scanned: 40_220_616, sql: 'SELECT s.name, s.city, count(*) AS overdue\nFROM rental.contracts c JOIN rental.schools s ON s.school_id = c.school_id\nWHERE c.ends_on < current_date AND c.returned_on IS NULL\nGROUP BY s.name, s.city\nORDER BY overdue DESC' },

  { at: '16:05:20', who: 'priya', wg: 'finance', db: 'finance', kind: 'UNLOAD', engine: 6_880, scanned: 130_228_114, sql: sql`
    UNLOAD (
      SELECT account, cost_center, sum(amount_cents) AS amount_cents
      FROM finance.ledger
      WHERE booked_on BETWEEN DATE '2026-11-01' AND DATE '2026-11-20'
      GROUP BY account, cost_center
    )
    TO 's3://quillfeather-finance/accruals/2026-11/'
    WITH (format = 'TEXTFILE', field_delimiter = ';')` },
  { at: '16:09:08', who: 'root', wg: 'primary', db: 'shop', kind: 'SELECT', engine: 2_713, scanned: 61_880_402, sql: 'SELECT * FROM "shop"."customers" limit 1000' },
  { at: '16:24:55', who: 'tomas', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 3_006, scanned: 61_880_402, sql: crlf("SELECT country, count(*) AS readers\nFROM customers\nWHERE newsletter\n  AND NOT regexp_like(email, '(?i)\\.(invalid|test)$')\nGROUP BY country") },
  { at: '16:30:00', who: 'grafana', wg: 'dashboards', db: 'stock', kind: 'SELECT', sql: STOCK_ALERT, engine: 1_308, scanned: 6_502_771 },
  { at: '16:42:16', who: 'weilin', wg: 'analysts', db: 'stock', kind: 'SELECT', engine: 1_720, scanned: 2_904_417, sql: "SELECT supplier_id, avg(try_cast(replace(freight, ',', '.') AS double)) AS freight FROM stock.deliveries_csv GROUP BY supplier_id" },
  { at: '16:51:09', who: 'noor', wg: 'analysts', db: 'shop', kind: 'SELECT', engine: 4_144, scanned: 903_442_816, sql: sql`
    SELECT regexp_extract(path, '^/(\w+)/([^/?]+)', 1) AS shelf,
           regexp_replace(path, '\?.*$', '') AS page,
           count(*) AS views
    FROM page_views
    WHERE regexp_like(path, '\bGTR-\d{4}\b')
      AND referrer NOT LIKE '\\intranet\%'
    GROUP BY 1, 2` },

  { at: '17:04:12', who: 'weilin', wg: 'analysts', db: 'stock', kind: 'SELECT', engine: 2_096, scanned: 19_408_230, sql: "SELECT sku, warehouse, on_hand\nFROM stock.levels\nWHERE day = '2026-11-20' AND sku LIKE 'STR-%'" },
  { at: '17:20:45', who: 'priya', wg: 'finance', db: 'finance', kind: 'SELECT', engine: 2_871, scanned: 130_228_114, sql: 'SELECT account, sum(amount_cents) AS balance FROM finance.ledger GROUP BY account HAVING sum(amount_cents) <> 0' },
  { at: '17:36:30', who: 'jonas', wg: 'primary', noWorkgroup: true, db: 'raw', kind: 'DROP_TABLE', engine: 433, scanned: 0, sql: 'DROP TABLE IF EXISTS raw.web_events_old' },

  { at: '18:00:00', who: 'quicksightEvening', wg: 'dashboards', db: 'marts', kind: 'SELECT', sql: DASHBOARD, engine: 1_604, scanned: 9_418_776, reuse: 60 },
  { at: '18:27:51', who: 'grace', wg: 'analysts', db: 'rental', kind: 'SELECT', engine: 1_802, scanned: 22_480_917, sql: "SELECT count(*) AS returned_today FROM rental.contracts WHERE returned_on = DATE '2026-11-20'" },
  { at: '19:30:00', who: 'grafana', wg: 'dashboards', db: 'shop', kind: 'SELECT', sql: HOURLY_ORDERS, engine: 1_201, scanned: 3_502_198 },
  { at: '20:15:08', who: 'quicksightEvening', wg: 'dashboards', db: 'marts', kind: 'SELECT', sql: DASHBOARD, engine: 180, scanned: 0, reuse: 180, reused: true },
  { at: '22:08:19', who: 'kwame', wg: 'notebooks', db: 'research', kind: 'SELECT', late: true, engine: 12_450, scanned: 288_190_337, sql: 'SELECT family, approx_percentile(stars, ARRAY[0.1, 0.5, 0.9]) AS stars\nFROM research.review_sample\nGROUP BY family' },
  { at: '23:41:07', who: 'jonas', wg: 'primary', noWorkgroup: true, db: 'logs', kind: 'MSCK', running: true, scanned: 0, sql: 'MSCK REPAIR TABLE logs.cloudfront' },
  { at: '23:59:59', who: 'grafana', wg: 'dashboards', db: 'shop', kind: 'SELECT', sql: HOURLY_ORDERS, engine: 1_166, scanned: 3_998_014 },

  { day: '2026-11-21', at: '00:00:00', who: 'glue', wg: 'elt', db: 'stock', kind: 'INSERT', dpu: 8, engine: 18_107, scanned: 214_690_441, sql: sql`
    INSERT INTO stock.levels
    SELECT sku, warehouse, on_hand, reorder_point, cast(current_date AS varchar) AS day
    FROM stock.levels_live` },
];

/** What other calls left in the same trail. `of` is the start that the call is about. */
const athena = (at, who, name, of) => ({ at, who, source: 'athena.amazonaws.com', name, request: { queryExecutionId: `{${of}}` } });
const OTHERS = [
  athena('08:58:21', 'tomas', 'GetQueryExecution', '08:58:20'),
  athena('08:58:22', 'tomas', 'GetQueryResults', '08:58:20'),
  { at: '09:00:42', who: 'noor', source: 'glue.amazonaws.com', name: 'GetTable', invokedBy: 'athena.amazonaws.com', request: { catalogId: ACCOUNT, databaseName: 'shop', name: 'orders' } },
  athena('09:00:43', 'noor', 'GetQueryExecution', '09:00:41'),
  athena('09:00:48', 'noor', 'GetQueryResults', '09:00:41'),
  {
    at: '09:01:28', identity: { type: 'AWSAccount', principalId: 'AROAEXAMPLE4REPRICER0:i-0f6f2a9c31d7be845', accountId: PARTNER_ACCOUNT }, source: 'sts.amazonaws.com', name: 'AssumeRole', ip: '198.51.100.180', agent: CAST.partner.agent.replace('athena#1.55.0', 'sts#1.38.6'),
    request: { roleArn: `arn:aws:iam::${ACCOUNT}:role/partner-repricing`, roleSessionName: 'i-0f6f2a9c31d7be845', externalId: 'quillfeather-prices', durationSeconds: 3600 },
    response: { credentials: { accessKeyId: 'ASIAEXAMPLEPARTN0901', expiration: 'Nov 20, 2026, 3:01:28 PM' }, assumedRoleUser: { assumedRoleId: `${CAST.partner.roleId}:i-0f6f2a9c31d7be845`, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/partner-repricing/i-0f6f2a9c31d7be845` } },
    resources: [{ accountId: ACCOUNT, type: 'AWS::IAM::Role', ARN: `arn:aws:iam::${ACCOUNT}:role/partner-repricing` }], shared: true,
  },
  athena('09:01:33', 'partner', 'GetQueryExecution', '09:01:30'),
  athena('09:01:34', 'partner', 'GetQueryResults', '09:01:30'),
  athena('09:02:18', 'tomas', 'GetQueryExecution', '09:02:17'),
  athena('09:02:21', 'tomas', 'GetQueryExecution', '09:02:17'),
  athena('09:02:26', 'tomas', 'GetQueryResults', '09:02:17'),
  { at: '09:03:20', identity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' }, source: 'kms.amazonaws.com', name: 'Decrypt', ip: 'secretsmanager.amazonaws.com', agent: 'secretsmanager.amazonaws.com', request: { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' } },
  athena('09:03:55', 'grace', 'GetQueryResults', '09:03:52'),

  { at: '09:58:47', who: 'jonas', source: 'sts.amazonaws.com', name: 'GetCallerIdentity', request: null },
  athena('10:00:02', 'quicksightMorning', 'GetQueryExecution', '10:00:00'),
  athena('10:00:06', 'quicksightMorning', 'GetQueryResults', '10:00:00'),
  athena('10:01:14', 'tomas', 'GetQueryExecution', '10:01:12'),
  athena('10:02:14', 'tomas', 'GetQueryExecution', '10:01:12'),
  { ...athena('10:03:02', 'tomas', 'StopQueryExecution', '10:01:12'), write: true },
  { at: '10:03:30', identity: { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' }, source: 'sts.amazonaws.com', name: 'AssumeRole', ip: 'autoscaling.amazonaws.com', agent: 'autoscaling.amazonaws.com', request: { roleArn: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`, roleSessionName: 'AutoScaling' } },
  athena('10:03:50', 'tomas', 'GetQueryResults', '10:03:44'),

  { day: '2026-11-21', at: '00:31:14', who: 'jonas', source: 'cloudtrail.amazonaws.com', name: 'LookupEvents', request: { lookupAttributes: [{ attributeKey: 'EventName', attributeValue: 'StartQueryExecution' }], startTime: 'Nov 20, 2026, 4:30:00 AM', endTime: 'Nov 21, 2026, 5:29:59 AM' } },
  { day: '2026-11-21', at: '00:31:15', who: 'jonas', source: 'cloudtrail.amazonaws.com', name: 'LookupEvents', request: { lookupAttributes: [{ attributeKey: 'EventName', attributeValue: 'StartQueryExecution' }], startTime: 'Nov 20, 2026, 4:30:00 AM', endTime: 'Nov 21, 2026, 5:29:59 AM' } },
  { day: '2026-11-21', at: '00:33:40', identity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' }, source: 'kms.amazonaws.com', name: 'Decrypt', ip: 'secretsmanager.amazonaws.com', agent: 'secretsmanager.amazonaws.com', request: { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' } },

  { at: '16:06:12', who: 'root', identity: { type: 'Root', principalId: ACCOUNT, arn: ROOT_ARN, accountId: ACCOUNT, accessKeyId: '' }, source: 'signin.amazonaws.com', name: 'ConsoleLogin', type: 'AwsConsoleSignIn', write: true, request: null, response: { ConsoleLogin: 'Success' }, extra: { LoginTo: 'https://console.aws.amazon.com/athena/home', MobileVersion: 'No', MFAUsed: 'Yes' } },
  { at: '16:08:31', who: 'root', source: 'athena.amazonaws.com', name: 'ListWorkGroups', request: null },
  { at: '16:08:33', who: 'root', source: 'athena.amazonaws.com', name: 'ListDatabases', request: { catalogName: 'AwsDataCatalog' } },
  athena('16:09:10', 'root', 'GetQueryExecution', '16:09:08'),
  athena('16:09:12', 'root', 'GetQueryExecution', '16:09:08'),
  athena('16:09:13', 'root', 'GetQueryResults', '16:09:08'),
];

/** The files of the trail: by the minute of delivery, with what happened in the minutes before. */
const TRAIL_FILES = [
  { delivered: '2026-11-20T14:05:00Z', from: '08:58:00', to: '09:04:00' },
  // The start of 09:03:52 again: CloudTrail may deliver an event more than once.
  { delivered: '2026-11-20T15:05:00Z', from: '09:58:00', to: '10:04:00', again: ['09:03:52'] },
  // The start of 22:08:19, hours late: the look-ups had been made before.
  { delivered: '2026-11-21T05:40:00Z', day: '2026-11-21', from: '00:30:00', to: '00:39:00', late: true },
];
const DIGEST = { start: '2026-11-20T14:06:12Z', end: '2026-11-20T15:06:12Z', of: TRAIL_FILES[1] };

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** An id in the form of a UUID v4, the same for the same name. */
function uuid(name) {
  const hex = sha256(name);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${'89ab'[Number.parseInt(hex[16], 16) % 4]}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A number from `low` to `high`, the same for the same name. */
const between = (name, low, high) => low + (Number.parseInt(sha256(name).slice(0, 8), 16) % (high - low + 1));

const toMs = (day, at) => Date.parse(`${day}T${at}${OFFSET}`);
const utc = (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
/** As the AWS CLI prints a time on a computer in New York: microseconds, unless there are none. */
function cliTime(ms) {
  const local = new Date(ms - 5 * 3_600_000).toISOString();
  return `${local.slice(0, 19)}${ms % 1000 === 0 ? '' : `${local.slice(19, 23)}000`}${OFFSET}`;
}

const nameOf = (call) => `${call.day ?? DAY} ${call.at}`;
const executionIdOf = (start) => uuid(`execution ${start.day ?? DAY} ${start.retryOf ?? start.at}`);
const submittedAt = (start) => toMs(start.day ?? DAY, start.at) + between(`ms ${nameOf(start)}`, 1, 999);

function toIdentity(one, { day = DAY, at }, invokedBy) {
  const began = Array.isArray(one.since) ? toMs(day, one.since.findLast((since) => since <= at)) : toMs(day, at) - (one.since ?? 0) * 1000;
  const attributes = one.since === undefined ? undefined : { creationDate: utc(began), mfaAuthenticated: String(one.mfa ?? false) };
  const key = one.key ?? `ASIAEXAMPLE${one.tag}${cliTime(began).slice(11, 16).replace(':', '')}`;
  if (one.root) return { type: 'Root', principalId: ACCOUNT, arn: ROOT_ARN, accountId: ACCOUNT, accessKeyId: key, sessionContext: { attributes } };
  if (one.user !== undefined) {
    return {
      type: 'IAMUser', principalId: one.userId, arn: `arn:aws:iam::${ACCOUNT}:user/${one.path}${one.user}`, accountId: ACCOUNT, accessKeyId: key, userName: one.user,
      ...(attributes && { sessionContext: { attributes } }),
    };
  }
  return {
    type: 'AssumedRole',
    principalId: `${one.roleId}:${one.session}`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${one.role}/${one.session}`,
    accountId: ACCOUNT,
    accessKeyId: key,
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: one.roleId, arn: `arn:aws:iam::${ACCOUNT}:role/${one.path ?? ''}${one.role}`, accountId: ACCOUNT, userName: one.role },
      attributes,
      ...(one.sourceIdentity && { sourceIdentity: one.sourceIdentity }),
    },
    ...(invokedBy && { invokedBy }),
    ...(one.onBehalfOf && { onBehalfOf: { userId: one.onBehalfOf, identityStoreArn: `arn:aws:identitystore::${ACCOUNT}:identitystore/d-9067642ac7` } }),
  };
}

function toRecord(call, { source, name, request, response = null, error, readOnly, type = 'AwsApiCall', extra, resources, shared, late }) {
  const one = CAST[call.who] ?? {};
  const byService = call.invokedBy ?? one.invokedBy;
  const host = `${source.split('.')[0]}.${REGION}.amazonaws.com`;
  const ip = byService ?? call.ip ?? one.ip;
  return {
    eventVersion: '1.11',
    userIdentity: call.identity ?? toIdentity(one, call, byService),
    eventTime: utc(toMs(call.day ?? DAY, call.at)),
    eventSource: source,
    eventName: name,
    awsRegion: REGION,
    sourceIPAddress: ip,
    userAgent: byService ?? call.agent ?? one.agent,
    ...(error && { errorCode: error.code, errorMessage: error.message }),
    requestParameters: request,
    responseElements: response,
    ...(extra && { additionalEventData: extra }),
    requestID: uuid(`request ${nameOf(call)}`),
    eventID: uuid(`event ${nameOf(call)} ${name}`),
    readOnly,
    ...(resources && { resources }),
    eventType: type,
    managementEvent: true,
    recipientAccountId: ACCOUNT,
    ...(shared && { sharedEventID: uuid(`shared ${nameOf(call)}`) }),
    ...(late && { addendum: { reason: 'DELIVERY_DELAY' } }),
    eventCategory: 'Management',
    ...(!ip.endsWith('.amazonaws.com') && type === 'AwsApiCall' && { tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', clientProvidedHostHeader: host } }),
    ...(one.console && type === 'AwsApiCall' && { sessionCredentialFromConsole: 'true' }),
  };
}

function startRecord(start) {
  const denied = start.refused?.code === 'AccessDenied';
  return toRecord(start, {
    source: 'athena.amazonaws.com',
    name: 'StartQueryExecution',
    readOnly: false,
    late: start.late,
    error: start.refused,
    // CloudTrail often records nothing of what a denied call asked for.
    request: denied ? null : {
      queryString: '***OMITTED***',
      clientRequestToken: uuid(`token ${start.day ?? DAY} ${start.retryOf ?? start.at}`),
      queryExecutionContext: { database: start.db, catalog: 'AwsDataCatalog' },
      ...(start.noWorkgroup && { resultConfiguration: { outputLocation: `${RESULTS}/${start.wg}/` } }),
      ...(!start.noWorkgroup && { workGroup: start.wg }),
      ...(start.reuse && { resultReuseConfiguration: { resultReuseByAgeConfiguration: { enabled: true, maxAgeInMinutes: start.reuse } } }),
    },
    response: start.refused ? null : { queryExecutionId: executionIdOf(start) },
  });
}

function otherRecord(call) {
  const start = STARTS.find((one) => call.request?.queryExecutionId === `{${one.at}}` && one.day === undefined);
  return toRecord(call, { ...call, readOnly: !call.write, request: start ? { queryExecutionId: executionIdOf(start) } : call.request });
}

/** Newest first, as LookupEvents gives them. */
function toLookup(records, nextToken) {
  const events = records.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0)).map((record) => {
    const { type, userName, principalId, accessKeyId } = record.userIdentity;
    return {
      EventId: record.eventID,
      EventName: record.eventName,
      ReadOnly: String(record.readOnly),
      ...(accessKeyId && { AccessKeyId: accessKeyId }),
      EventTime: cliTime(Date.parse(record.eventTime)),
      EventSource: record.eventSource,
      Username: type === 'Root' ? 'root' : (userName ?? principalId.slice(principalId.lastIndexOf(':') + 1)),
      Resources: [],
      CloudTrailEvent: JSON.stringify(record),
    };
  });
  return { Events: events, ...(nextToken && { NextToken: nextToken }) };
}

function toExecution(start) {
  const id = executionIdOf(start);
  const [statementType, substatementType, file, manifest] = KINDS[start.kind];
  const submitted = submittedAt(start);
  const queue = between(`queue ${id}`, 52, 190);
  const preparation = between(`preparation ${id}`, 31, 88);
  const engine = start.running ? ASKED_AT - submitted - queue - preparation : start.engine;
  const service = start.running ? 0 : between(`service ${id}`, 18, 140);
  const total = queue + preparation + engine + service;
  const output = `${RESULTS}/${start.wg}/${file.replace('{id}', id)}`;
  const state = start.running ? 'RUNNING' : start.failed ? 'FAILED' : start.cancelled ? 'CANCELLED' : 'SUCCEEDED';
  const reason = start.failed?.message ?? (start.cancelled ? 'Query cancelled by user' : undefined);
  return {
    QueryExecutionId: id,
    Query: start.sql,
    StatementType: statementType,
    ResultConfiguration: { OutputLocation: output },
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: start.reuse ? { Enabled: true, MaxAgeInMinutes: start.reuse } : { Enabled: false } },
    QueryExecutionContext: { Database: start.db, Catalog: 'awsdatacatalog' },
    Status: {
      State: state,
      ...(reason && { StateChangeReason: reason }),
      SubmissionDateTime: cliTime(submitted),
      ...(!start.running && { CompletionDateTime: cliTime(submitted + total) }),
      ...(start.failed && { AthenaError: { ErrorCategory: 2, ErrorType: start.failed.type, Retryable: false, ErrorMessage: reason } }),
    },
    Statistics: {
      EngineExecutionTimeInMillis: engine,
      DataScannedInBytes: start.scanned,
      ...(manifest && { DataManifestLocation: `${output}-manifest.csv` }),
      TotalExecutionTimeInMillis: total,
      QueryQueueTimeInMillis: queue,
      ServicePreProcessingTimeInMillis: preparation,
      // Hive's statements have no plan.
      ...(statementType === 'DML' && { QueryPlanningTimeInMillis: Math.min(Math.round(engine / 3), between(`planning ${id}`, 74, 410)) }),
      ...(!start.running && { ServiceProcessingTimeInMillis: service }),
      ResultReuseInformation: { ReusedPreviousResult: start.reused ?? false },
      ...(start.dpu && { DpuCount: start.dpu }),
    },
    WorkGroup: start.wg,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    ...(substatementType && { SubstatementType: substatementType }),
  };
}

function toBatch(starts) {
  return {
    QueryExecutions: starts.filter((start) => !start.unprocessed).map(toExecution),
    UnprocessedQueryExecutionIds: starts.filter((start) => start.unprocessed).map((start) => ({
      QueryExecutionId: executionIdOf(start),
      ErrorCode: start.unprocessed.code,
      ErrorMessage: start.unprocessed.message.replace('{id}', executionIdOf(start)),
    })),
  };
}

const folder = process.argv[2] ?? fileURLToPath(new URL('../examples', import.meta.url));

/** Writes only what is new: compressors differ in their bytes, so a compressed file is compared by its content. */
function write(name, content, compressed = false) {
  const path = join(folder, name);
  const before = existsSync(path) ? readFileSync(path) : null;
  if (before !== null && (compressed ? gunzipSync(before) : before).equals(Buffer.from(content))) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, compressed ? gzipSync(content, { level: 9 }) : content);
}

/** As the AWS CLI prints it. */
const print = (value) => `${JSON.stringify(value, null, 4)}\n`;

const inLookup = STARTS.filter((start) => !start.late).map(startRecord).reverse();
const token = Buffer.from(sha256('next token') + sha256('next token, second half'), 'hex').toString('base64');
write('cloudtrail/lookup-events-page-1.json', print(toLookup(inLookup.slice(0, 50), token)));
write('cloudtrail/lookup-events-page-2.json', print(toLookup(inLookup.slice(50))));
const byRoot = [...OTHERS.filter(({ who }) => who === 'root').map(otherRecord), ...STARTS.filter(({ who }) => who === 'root').map(startRecord)];
write('cloudtrail/lookup-events-username-root.json', print(toLookup(byRoot)));

const trailFolder = (kind, time) => `AWSLogs/${ACCOUNT}/${kind}/${REGION}/${time.slice(0, 10).replaceAll('-', '/')}`;
const stamp = (time) => time.replace(/[-:]/g, '');
function trailFile({ delivered, day, from, to, again = [], late }) {
  const within = (call) => (call.day === day && call.at >= from && call.at < to) || (call.day === undefined && again.includes(call.at)) || (late && call.late);
  const records = [...STARTS.filter(within).map(startRecord), ...OTHERS.filter(within).map(otherRecord)]
    // A file is in no order of time.
    .toSorted((a, b) => (a.eventID < b.eventID ? -1 : 1));
  const unique = Buffer.from(sha256(`file ${delivered}`), 'hex').toString('base64').replace(/[^A-Za-z0-9]/g, '').slice(0, 16);
  const name = `${trailFolder('CloudTrail', delivered)}/${ACCOUNT}_CloudTrail_${REGION}_${stamp(delivered.slice(0, 16))}Z_${unique}.json.gz`;
  return { name, records, content: JSON.stringify({ Records: records }) };
}
for (const { name, content } of TRAIL_FILES.map(trailFile)) write(`cloudtrail/${name}`, content, true);

const digestName = (end) => `${trailFolder('CloudTrail-Digest', end)}/${ACCOUNT}_CloudTrail-Digest_${REGION}_management-events_${REGION}_${stamp(end)}.json.gz`;
const digested = trailFile(DIGEST.of);
const times = digested.records.map(({ eventTime }) => eventTime).sort();
const bucket = 'quillfeather-cloudtrail';
write(`cloudtrail/${digestName(DIGEST.end)}`, JSON.stringify({
  awsAccountId: ACCOUNT,
  digestStartTime: DIGEST.start,
  digestEndTime: DIGEST.end,
  digestS3Bucket: bucket,
  digestS3Object: digestName(DIGEST.end),
  digestPublicKeyFingerprint: sha256('fingerprint').slice(0, 32),
  digestSignatureAlgorithm: 'SHA256withRSA',
  newestEventTime: times.at(-1),
  oldestEventTime: times[0],
  previousDigestS3Bucket: bucket,
  previousDigestS3Object: digestName(DIGEST.start),
  previousDigestHashValue: sha256('previous digest'),
  previousDigestHashAlgorithm: 'SHA-256',
  previousDigestSignature: Array.from({ length: 8 }, (_, part) => sha256(`signature ${part}`)).join(''),
  logFiles: [{ s3Bucket: bucket, s3Object: digested.name, hashValue: sha256(digested.content), hashAlgorithm: 'SHA-256', newestEventTime: times.at(-1), oldestEventTime: times[0] }],
}), true);

const asked = STARTS.filter((start) => !start.refused && !start.retryOf);
write('athena/batch-get-query-execution-1.json', print(toBatch(asked.slice(0, 50))));
write('athena/batch-get-query-execution-2.json', print(toBatch(asked.slice(50))));

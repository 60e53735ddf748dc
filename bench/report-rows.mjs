/** Made-up report rows of a realistic shape, the same for every run: the input of the encoder measurements. */

/** A small seeded generator (mulberry32): the rows of run 1 are the rows of run 100. Shape: numbers in [0, 1). */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Rows in the order of a report.
 *
 * Shape: `count` objects of 53 columns. SQL texts are log-normal, 50 B to 200 KB, about 2 KB on average, all different,
 * with line breaks, quotes, backslashes and some texts beyond ASCII. 6 % are refused starts, 4 % failed executions.
 */
export function createRows(count, seed = 1) {
  const random = createRandom(seed);
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const hex = (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join('');
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

  const people = Array.from({ length: 200 }, (_, i) => `${pick(['ana', 'bo', 'chidi', 'dörte', 'eve'])}.${i}@example.com`);
  const roles = Array.from({ length: 12 }, (_, i) => ({ name: `AWSReservedSSO_Analyst${i}_${hex(16)}`, id: `AROA${hex(17).toUpperCase()}` }));
  const agents = Array.from({ length: 9 }, (_, i) => `aws-sdk-java/2.2${i}.1 Linux/5.10.2${i}-${hex(6)} OpenJDK_64-Bit_Server_VM/17.0.${i} Java/17.0.${i} kotlin/1.3.72 vendor/Amazon.com_Inc. io/async http/NettyNio cfg/retry-mode/standard`);

  const sql = () => {
    const target = Math.min(200_000, Math.max(50, Math.exp(6.9 + 1.15 * normal())));
    const lines = [`-- ${pick(['daily', 'ad hoc', 'Über-Bericht', '日次'])} ${uuid()}`, 'SELECT'];
    let length = 50;
    while (length < target) {
      const line = pick([
        `  coalesce(t${below(9)}.column_${below(500)}, 'n/a') AS "column ${below(500)}",`,
        `  CASE WHEN regexp_like(t${below(9)}.path, '^/v\\d+/item_${below(10_000)}\\.json$') THEN ${below(100_000)} ELSE NULL END AS c${below(900)},`,
        `  date_trunc('hour', from_iso8601_timestamp(t${below(9)}.created_at)) AS hour_${below(90)},`,
        `  sum(t${below(9)}.amount_${below(300)}) FILTER (WHERE t${below(9)}.country = '${pick(['DE', 'US', 'FR', 'JP'])}') AS total_${below(700)},`,
      ]);
      lines.push(line);
      length += line.length + 1;
    }
    lines.push(`  count(*) AS n`, `FROM "db_${below(40)}"."table_${below(400)}" t${below(9)}`, `WHERE dt = '2026-11-${10 + below(20)}'`);
    return lines.join('\n');
  };

  const rows = [];
  let time = Date.UTC(2026, 10, 21, 6);
  for (let i = 0; i < count; i++) {
    time += below(130);
    const second = Math.floor(time / 1000) * 1000;
    const role = pick(roles);
    const person = pick(people);
    const kind = random();
    const rejected = kind < 0.06;
    const failed = kind >= 0.06 && kind < 0.1;
    const fact = (value) => (rejected ? null : value);
    const engine = Math.floor(Math.exp(7.5 + 1.5 * normal()));
    const queued = 20 + below(300);
    rows.push({
      event_id: uuid(),
      event_time: second,
      event_time_local: `${new Date(second - 5 * 3_600_000).toISOString().slice(0, 19)}-05:00`,
      account_id: '111122223333',
      region: 'us-east-1',
      source_ip: `10.${below(20)}.${below(250)}.${below(250)}`,
      user_agent: pick(agents),
      error_code: rejected ? 'InvalidRequestException' : null,
      error_message: rejected ? `line ${below(90)}:${below(90)}: mismatched input '${pick(['FORM', 'SELCT', 'WHER'])}'. Expecting: <query>` : null,
      actor: person,
      actor_kind: 'person',
      actor_evidence: 'userIdentity.principalId',
      user_name: person,
      principal_type: 'AssumedRole',
      principal_id: `${role.id}:${person}`,
      principal_arn: `arn:aws:sts::111122223333:assumed-role/${role.name}/${person}`,
      principal_account_id: '111122223333',
      role_name: role.name,
      session_name: person,
      source_identity: null,
      on_behalf_of_user_id: null,
      invoked_by: null,
      access_key_id: `ASIA${hex(16).toUpperCase()}`,
      assumed_by: null,
      assumed_by_evidence: null,
      query_execution_id: fact(uuid()),
      retry_of_event_id: null,
      workgroup: pick(['primary', 'analytics', 'bi', 'etl']),
      catalog_name: 'awsdatacatalog',
      database_name: `db_${below(40)}`,
      query: rejected && kind < 0.03 ? null : sql(),
      query_source: 'athena',
      missing_reason: rejected ? 'rejected' : null,
      statement_type: fact('DML'),
      substatement_type: fact('SELECT'),
      state: rejected ? 'REJECTED' : failed ? 'FAILED' : 'SUCCEEDED',
      state_reason: failed ? `COLUMN_NOT_FOUND: line ${below(90)}:${below(90)}: Column 'column_${below(900)}' cannot be resolved` : null,
      athena_error_category: failed ? 2 : null,
      athena_error_type: failed ? 1006 : null,
      athena_error_retryable: failed ? false : null,
      athena_error_message: failed ? 'COLUMN_NOT_FOUND: Column cannot be resolved' : null,
      submitted_at: fact(second + below(1000)),
      completed_at: fact(second + 1000 + engine + queued),
      queue_ms: fact(queued),
      planning_ms: fact(below(900)),
      engine_ms: fact(engine),
      service_ms: fact(below(120)),
      total_ms: fact(engine + queued + below(120)),
      data_scanned_bytes: fact(Math.floor(Math.exp(16 + 3 * normal()))),
      reused_result: fact(random() < 0.1),
      output_location: fact(`s3://athena-results-111122223333/${pick(['bi', 'etl', 'adhoc'])}/${uuid()}.csv`),
      engine_version: fact('Athena engine version 3'),
      dpu_count: fact(random() < 0.2 ? 4 + below(80) / 2 : null),
    });
    // Texts as a parser leaves them: flat strings, not ropes of template parts, which the first reader would have to flatten.
    for (const [name, value] of Object.entries(rows[i])) if (typeof value === 'string') rows[i][name] = JSON.parse(JSON.stringify(value));
  }
  return rows;
}

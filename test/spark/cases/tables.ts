// Owns the tables that the cases are about, as queries that both clients send.

export const tables = {
  numbers: `SELECT * FROM VALUES
    (1, 2.5D, 10L, CAST(1.25 AS DECIMAL(10,2)), 'a'), (2, -0.5D, 3L, CAST(-7.50 AS DECIMAL(10,2)), 'b'),
    (3, 0D, -4L, CAST(0 AS DECIMAL(10,2)), 'a'), (4, CAST('NaN' AS DOUBLE), 0L, NULL, 'c'),
    (5, NULL, NULL, CAST(99.99 AS DECIMAL(10,2)), NULL), (6, 0.75D, 7L, CAST(3.10 AS DECIMAL(10,2)), 'a')
    AS t(i, x, n, d, k)`,
  words: `SELECT * FROM VALUES
    (1, 'Spark', 'the quick brown fox'), (2, 'größe', '  padded  '), (3, '', 'a,b,,c'),
    (4, NULL, 'x1y22z333'), (5, 'spArk', NULL), (6, '日本', 'tab\\there')
    AS t(i, w, s)`,
  times: `SELECT * FROM VALUES
    (1, DATE'2024-02-29', TIMESTAMP'2024-02-29 12:34:56.789'), (2, DATE'1969-12-31', TIMESTAMP'1969-12-31 23:59:59.999'),
    (3, NULL, NULL), (4, DATE'2026-11-26', TIMESTAMP'2026-11-26 00:00:00')
    AS t(i, d, ts)`,
  lists: `SELECT * FROM VALUES
    (1, array(3, 1, 2, 2), array(2, 9), map('a', 1, 'b', 2)), (2, array(), array(1), map()),
    (3, array(5, NULL, 4), array(5, NULL), map('c', NULL)), (4, NULL, NULL, NULL)
    AS t(i, a, b, m)`,
  sales: `SELECT * FROM VALUES
    ('n', 2024, 10, 1.5D), ('n', 2025, 20, 2.5D), ('s', 2024, 30, NULL), ('s', 2025, 40, 4.5D),
    ('s', 2025, 40, 5.5D), ('w', 2024, NULL, 6.5D), (NULL, 2025, 60, 7.5D)
    AS t(region, year, amount, price)`,
  regions: `SELECT * FROM VALUES ('n', 'North'), ('s', 'South'), ('e', 'East'), (NULL, 'None') AS t(region, title)`,
} as const;

export type TableName = keyof typeof tables;

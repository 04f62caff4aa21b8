// A program that has Spark write two tables, one of them slowly, and is killed meanwhile. Started by faults.test.ts.
import { connectSpark } from '@tailrace/adapters/spark';
import { runSlowTables, type SlowTables } from '../support/slow-tables.js';

const { url, ...tables }: SlowTables & { readonly url: string } = JSON.parse(process.argv[2] ?? '');
const spark = await connectSpark(url, { userId: 'killed' });
await runSlowTables(spark, tables).completed;
await spark.close();

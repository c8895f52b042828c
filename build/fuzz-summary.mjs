// Sums up target/fuzz.tsv, to which each fuzzing test adds what it tried, and moves it aside for the next run.
//
// Usage: node build/fuzz-summary.mjs target/fuzz.tsv
import fs from 'node:fs';

const [file] = process.argv.slice(2);
// A run that found something leaves its lines behind: the newest of each kind counts.
const newest = new Map(fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => [line.split('\t')[0], line.split('\t')]));
const rows = [...newest.values()];
const sum = (column) => rows.reduce((total, row) => total + Number(row[column]), 0);
const number = (value) => value.toLocaleString('en-US');
for (const [subject, inputs, read, seconds] of rows) {
  const kind = subject.startsWith('rounds of ') ? '' : `inputs, ${number(Number(read))} of them read, the others refused, `;
  console.log(`Fuzz: ${subject}: ${number(Number(inputs))} ${kind}in ${seconds} s`);
}
fs.renameSync(file, file.replace(/\.tsv$/, '-last.tsv'));
console.log(`Fuzz: ${number(sum(1))} inputs and rounds of ${rows.length} kinds in ${number(sum(3))} s: nothing found`);

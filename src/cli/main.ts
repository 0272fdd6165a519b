process.stdout.write(`coffre ${process.argv.slice(2).join(' ')}\n`);

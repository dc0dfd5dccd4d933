// Given to Node with `--import`: the process ends when the one that started it has gone, however that went.
process.once('disconnect', () => process.exit())

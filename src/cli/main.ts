#!/usr/bin/env node
import { WrongArguments } from './arguments.js'
import { doctor, doctorUsage } from './doctor/command.js'
import { init, initUsage } from './init/command.js'

const commands = {
  init: { run: init, usage: initUsage },
  doctor: { run: doctor, usage: doctorUsage },
} as const

const [name = 'help', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name as keyof typeof commands] : undefined
const isHelp = command === undefined || args.includes('--help')
if (isHelp) {
  const usages = command === undefined ? Object.values(commands).map(({ usage }) => usage) : [command.usage]
  console.log(usages.join('\n\n'))
  process.exitCode = command !== undefined || /^(help|--help|-h)$/.test(name) ? 0 : 2
} else {
  try {
    process.exitCode = await command.run(args)
  } catch (error) {
    if (!(error instanceof WrongArguments)) throw error
    console.error(`${error.message}\n\n${command.usage}`)
    process.exitCode = 2
  }
}

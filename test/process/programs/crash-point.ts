/**
 * Kills the program that it is imported into at a crash point: before or after the command to the database that CRASH_POINT names,
 * such as `before 3` or `after 3`, counted from 1 since SIGUSR2 came. With `none` it only tells of the commands, one line of JSON each.
 */
import { listenToCommands } from '../../support/commands.ts';

const [side, number] = (process.env.CRASH_POINT ?? 'none').split(' ');
let armed = false;
let sent = 0;
let replies = 0;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const crash = () => process.kill(process.pid, 'SIGKILL');

listenToCommands({
  onSend({ name, collection }) {
    if (!armed) return;
    sent += 1;
    if (side === 'none') say({ msg: 'command', name, collection });
    if (side === 'before' && sent === Number(number)) crash();
  },
  onReply() {
    if (!armed) return;
    replies += 1;
    if (side === 'after' && replies === Number(number)) crash();
  },
});
process.on('SIGUSR2', () => {
  armed = true;
  say({ msg: 'armed' });
});

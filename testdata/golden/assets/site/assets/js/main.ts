import { greet } from "./greet";
import * as params from "@params";

const who: string = params.who;
console.log(greet(who));

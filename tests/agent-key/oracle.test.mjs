// Every answer of AgentKey is the oracle's, on either engine.
import { AgentKey, memory } from "keyrail";
import { testAuthority } from "keyrail/testing";
import { subtests } from "../testing/subtests.mjs";

subtests("an AgentKey on a store of its own", (options) =>
  testAuthority(({ clock }) => new AgentKey({ store: memory(), clock }), options),
);

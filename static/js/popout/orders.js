/** What a platform was asked for (an order, docs/api.md), until it is done. */
import { call } from "./api.js";

const PAUSE = 2_000; // ms between two looks at one that waits

/** The order once it is done or has failed. `waits(order)` is called each time it still waits for its turn. */
export async function settled(order, waits = () => {}) {
  let latest = order;
  while (latest.state === "waiting") {
    waits(latest);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    try {
      latest = await call("GET", `/v1/chat/orders/${order.id}`);
    } catch (error) {
      if (error.code !== "no_network") throw error; // it waits on, whether we can look or not
    }
  }
  return latest;
}

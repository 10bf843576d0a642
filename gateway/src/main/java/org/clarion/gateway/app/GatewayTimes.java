package org.clarion.gateway.app;

import java.time.Duration;
import org.clarion.gateway.rpc.Schedulers.PlacementPolicy;

/**
 * Times that operators need not set.
 *
 * @param placement
 *          how long a scheduler is looked for
 * @param encoding
 *          how long an image is offered while no vision worker is there
 * @param heartbeat
 *          longest silence in a stream
 * @param patience
 *          with a reader that takes nothing
 */
record GatewayTimes(PlacementPolicy placement, Duration encoding, Duration heartbeat, Duration patience) {
  static final GatewayTimes DEFAULT = new GatewayTimes(PlacementPolicy.DEFAULT, Duration.ofSeconds(10),
      Duration.ofSeconds(15),
      Duration.ofSeconds(60));
}

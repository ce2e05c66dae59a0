/**
 * The server half of the hop API (section 3). Helidon speaks HTTP; what it does not bound is bounded by
 * {@link waybill.hop.server.Guard}, one for each connection.
 */
@NullMarked
package waybill.hop.server;

import org.jspecify.annotations.NullMarked;

/**
 * The client half of the hop API (section 3): a small HTTP/1.1 over blocking sockets, for a peer that may be anybody. It
 * reads an early answer while it still sends, and every call of it ends.
 */
@NullMarked
package waybill.hop.client;

import org.jspecify.annotations.NullMarked;

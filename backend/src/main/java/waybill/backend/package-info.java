/**
 * The backend: takes deliveries in, stores them, and signs for them. Holds the only signing keys of the system
 * (sections 3 to 5).
 */
@NullMarked
package waybill.backend;

import org.jspecify.annotations.NullMarked;

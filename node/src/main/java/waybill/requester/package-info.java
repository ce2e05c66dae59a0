@NullMarked
package waybill.requester;

import org.jspecify.annotations.NullMarked;

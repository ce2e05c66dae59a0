@NullMarked
package waybill.discovery;

import org.jspecify.annotations.NullMarked;

@NullMarked
package waybill.parcel;

import org.jspecify.annotations.NullMarked;

/** Updates (section 10): finds who has them, takes them in from several at once, and believes nothing unchecked. */
@NullMarked
package waybill.update;

import org.jspecify.annotations.NullMarked;

@NullMarked
package waybill.cli.console;

import org.jspecify.annotations.NullMarked;

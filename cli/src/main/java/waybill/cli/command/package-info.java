@NullMarked
package waybill.cli.command;

import org.jspecify.annotations.NullMarked;

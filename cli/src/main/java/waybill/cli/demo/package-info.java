@NullMarked
package waybill.cli.demo;

import org.jspecify.annotations.NullMarked;

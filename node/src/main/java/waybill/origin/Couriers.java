package waybill.origin;

import java.util.List;

/** Says who can be asked for copies of an origin. */
@FunctionalInterface
public interface Couriers {
    /** Those, the first to be asked first; none if there is no way just now. */
    List<Courier> to(Origin origin) throws InterruptedException;
}

/** Parcels that are carried by hand in a folder: written, delivered, and their receipts brought home (section 9). */
@org.jspecify.annotations.NullMarked
package waybill.requester.byhand;
